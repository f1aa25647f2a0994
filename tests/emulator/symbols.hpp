#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace emulator {

// A thread-local variable of the program, at an offset within a thread's block of them.
struct Variable {
    std::string name;
    std::size_t offset, size;
};

// Where the calling thread's thread-local variables begin, and how many bytes they take.
std::byte* thread_locals();
std::size_t thread_local_bytes();

// The mangled name of a kernel, or "" if the program's symbol table has none at this address.
std::string kernel_name(const void* kernel);
std::string demangled(const std::string& name);

// The shared variables of a kernel: the thread-local ones that are declared in its function.
std::vector<Variable> shared_variables(const std::string& kernel);

// The most threads that a kernel's __launch_bounds__ allow, or 0 if it has none.
int launch_bound(const void* kernel);

// Whether a thread-local variable at this offset says if another one has been constructed: the compiler's own.
bool is_guard(std::size_t offset);

// Code addresses as 32-bit numbers and back.
std::uint32_t to_offset(const void* code);
const void* to_code(std::uint32_t offset);
bool in_program(const void* at);  // its code and its constants

// "team.cuh:153", or the address where there is no line information.
std::string place_in_source(const void* code);

}  // namespace emulator
