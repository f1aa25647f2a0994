#include "host/results/output_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <ostream>
#include <span>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "datasets/child_process.hpp"
#include "datasets/new_file.hpp"

namespace syncache {
namespace {

// Packs what is written to it.
class GzipBuffer : public std::streambuf {
  public:
    explicit GzipBuffer(const std::filesystem::path& file) : file_(gzopen(file.c_str(), "wb6")), room_(1 << 16) {
        setp(room_.data(), room_.data() + room_.size());
    }
    GzipBuffer(const GzipBuffer&) = delete;
    GzipBuffer& operator=(const GzipBuffer&) = delete;
    ~GzipBuffer() override { close(); }

    bool is_open() const { return file_ != nullptr; }

    // Whether all was written.
    bool close() {
        if (file_ == nullptr) {
            return false;
        }
        const bool good = sync() == 0;
        return gzclose_w(std::exchange(file_, nullptr)) == Z_OK && good;
    }

  protected:
    int_type overflow(int_type next) override {
        if (sync() != 0) {
            return traits_type::eof();
        }
        if (next != traits_type::eof()) {
            *pptr() = traits_type::to_char_type(next);
            pbump(1);
        }
        return traits_type::not_eof(next);
    }

    int sync() override {
        const auto n = static_cast<unsigned int>(pptr() - pbase());
        const bool good = n == 0 || (file_ != nullptr && gzwrite(file_, pbase(), n) == static_cast<int>(n));
        setp(room_.data(), room_.data() + room_.size());
        return good ? 0 : -1;
    }

  private:
    gzFile file_;
    std::vector<char> room_;
};

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                            fmt::format("{}: cannot be written", file.string()));
}

void write_plain(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write) {
    errno = 0;
    std::ofstream out(file, std::ios::binary);
    if (!out) {
        fail(file);
    }
    write(out);
    out.close();
    if (!out) {
        fail(file);
    }
}

void write_packed(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write) {
    errno = 0;
    GzipBuffer buffer(file);
    if (!buffer.is_open()) {
        fail(file);
    }
    std::ostream out(&buffer);
    write(out);
    if (!buffer.close()) {
        fail(file);
    }
}

// Columns of texts that look like numbers stay numbers: "inf" is one.
constexpr const char* conversion = R"(
import sys
try:
    from pyarrow import csv
except ImportError:
    sys.exit('needs the Python package pyarrow')
table = csv.read_csv(sys.argv[1])
if sys.argv[2].endswith('.parquet'):
    from pyarrow import parquet
    parquet.write_table(table, sys.argv[3])
else:
    from pyarrow import feather
    feather.write_feather(table, sys.argv[3], compression='uncompressed')
)";

// Calls `write` with another name for the file, which becomes its own once that is done.
void through_another_name(const std::filesystem::path& file,
                          const std::function<void(const std::filesystem::path&)>& write) {
    const std::filesystem::path unfinished = file.string() + ".part";
    make_anew(unfinished);
    try {
        write(unfinished);
        std::filesystem::rename(unfinished, file);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(unfinished, ignored);
        throw;
    }
}

}  // namespace

void write_output(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write) {
    through_another_name(file, [&](const std::filesystem::path& unfinished) {
        (file.extension() == ".gz" ? write_packed : write_plain)(unfinished, write);
    });
}

bool is_columnar(const std::filesystem::path& file) {
    const std::filesystem::path suffix = file.extension();
    return suffix == ".parquet" || suffix == ".arrow" || suffix == ".feather";
}

void convert_csv(const std::filesystem::path& csv, const std::filesystem::path& file) {
    const char* const chosen = std::getenv("SYNCACHE_PYTHON");
    const std::string python = chosen != nullptr && *chosen != '\0' ? chosen : "python3";
    through_another_name(file, [&](const std::filesystem::path& unfinished) {
        const ChildResult result =
            run_child({python, "-c", conversion, csv.string(), file.extension().string(), unfinished.string()},
                      [](std::span<const std::byte>) { return true; });
        if (result.exit_code != 0) {
            throw std::runtime_error(fmt::format(
                "{}: {}; allowed: .csv and .json, also with .gz, or .parquet, .arrow, .feather where {} has pyarrow",
                file.string(), result.error, python));
        }
    });
}

}  // namespace syncache
