#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace syncache {

// Writes a file through another name, so that no half of it is ever seen; packed by gzip if the name ends in ".gz".
// Throws std::system_error or std::runtime_error naming the file.
void write_output(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write);

// Turns a CSV file into a Parquet (.parquet) or Arrow (.arrow, .feather) file with Python's pyarrow, by
// $SYNCACHE_PYTHON or python3. Throws std::runtime_error naming the file where that fails.
void convert_csv(const std::filesystem::path& csv, const std::filesystem::path& file);

// Whether the name asks for such a conversion.
bool is_columnar(const std::filesystem::path& file);

}  // namespace syncache
