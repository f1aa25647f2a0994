#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzzing.hpp"

// Results files as somebody else might make them.
namespace syncache::fuzz {

// Writes a results file and does to it what the input says. The input's first byte chooses one of three small files, of
// the perceptron, the multilayer perceptron and the spiking neuron, with all that they record; then come deeds:
//   a cell gets another value; any SQL is run, on the tables of the schema too; a row is deleted, or doubled with
//   another number; bytes are written over, at the file's end or in its middle; the file is cut.
// Returns the file.
std::filesystem::path write_damaged(std::string_view name, Pieces& input);

// Writes the three files as they are.
std::array<std::filesystem::path, 3> write_undamaged();

// The text of that file's experiment.
std::string experiment_text(int which);

}  // namespace syncache::fuzz
