#include "datasets/fetch.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "datasets/checksum.hpp"
#include "datasets/child_process.hpp"
#include "datasets/new_file.hpp"

namespace syncache {
namespace {

namespace fs = std::filesystem;

// A file being written beside its place; gone unless it was put there.
class PartFile {
  public:
    explicit PartFile(fs::path place) : place_(std::move(place)), path_(place_.string() + ".part") {
        make_anew(path_);
        file_.open(path_, std::ios::binary | std::ios::trunc);
        check();
    }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;
    ~PartFile() {
        std::error_code ignored;
        file_.close();
        fs::remove(path_, ignored);
    }
    void write(std::span<const std::byte> piece) {
        file_.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
        check();
        bytes_ += static_cast<std::int64_t>(piece.size());
    }
    void finish() {
        file_.close();
        check();
    }
    void put_in_place() { fs::rename(path_, place_); }
    const fs::path& path() const { return path_; }
    std::int64_t bytes() const { return bytes_; }

  private:
    void check() {
        if (!file_) {
            throw std::runtime_error(fmt::format("{}: cannot be written: {}", path_.string(),
                                                 std::error_code(errno, std::generic_category()).message()));
        }
    }
    fs::path place_, path_;
    std::ofstream file_;
    std::int64_t bytes_ = 0;
};

bool begins_like_html(const fs::path& path) {
    std::string begin(64, '\0');
    std::ifstream(path, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
    const auto first = begin.find_first_not_of(" \t\r\n");
    return first != std::string::npos && begin[first] == '<';
}

// Why what came from `url` is not the file, or "" once it is in its place.
std::string fetch_from(const std::string& url, const DataFile& file, const fs::path& place) {
    PartFile part(place);
    const ChildResult result =
        run_child({"curl", "--disable", "--globoff", "--silent", "--show-error", "--fail", "--location", "--proto",
                   "=http,https", "--connect-timeout", "20", "--speed-limit", "1000", "--speed-time", "60", "--", url},
                  [&](std::span<const std::byte> piece) {
                      part.write(piece);
                      return part.bytes() <= file.bytes;
                  });
    part.finish();
    if (result.exit_code == 128 + SIGINT) {
        throw FetchInterrupted();
    }
    if (result.enough) {
        return begins_like_html(part.path()) ? "an HTML page instead of the file"
                                             : fmt::format("more than the expected {} bytes", file.bytes);
    }
    if (result.exit_code != 0) {
        return result.error.empty() ? fmt::format("curl ended with code {}", result.exit_code) : result.error;
    }
    if (begins_like_html(part.path())) {
        return "an HTML page instead of the file";
    }
    const std::string fault = fault_in(part.path(), file);
    if (fault.empty()) {
        part.put_in_place();
    }
    return fault;
}

void fetch_file(const DataFile& file, const fs::path& place, const std::vector<std::string>& mirrors,
                const std::function<void(const std::string&)>& report) {
    for (const std::string& mirror : mirrors) {
        const std::string url = fmt::format("{}{}{}", mirror, mirror.ends_with('/') ? "" : "/", file.name);
        const std::string fault = fetch_from(url, file, place);
        if (fault.empty()) {
            report(fmt::format("{}: fetched from {}", file.name, mirror));
            return;
        }
        report(fmt::format("{}: {}", url, fault));
    }
    throw std::runtime_error(
        fmt::format("{}: could be had from none of {} mirrors; name another with --mirror URL, or put "
                    "the file into {}",
                    file.name, mirrors.size(), place.parent_path().string()));
}

// The four images and labels out of a verified zip archive, whatever folder they have in it, with their sums beside
// them.
void unpack(const fs::path& archive, const DataCollection& collection, const fs::path& folder) {
    std::string sums;
    for (const std::string_view name : collection.images) {
        PartFile part(folder / name);
        const ChildResult result = run_child({"unzip", "-p", archive.string(), fmt::format("*{}", name)},
                                             [&](std::span<const std::byte> piece) {
                                                 part.write(piece);
                                                 return true;
                                             });
        part.finish();
        if (result.exit_code != 0 || part.bytes() == 0) {
            throw std::runtime_error(
                fmt::format("{}: {} cannot be unpacked: {}", archive.string(), name, result.error));
        }
        sums += fmt::format("{}  {}\n", file_sha256(part.path()), name);
        part.put_in_place();
    }
    PartFile list(folder / checksums_file);
    list.write(std::as_bytes(std::span(sums)));
    list.finish();
    list.put_in_place();
}

// Makes a folder, and removes it in the end if nothing has come into it.
class EmptyFolder {
  public:
    explicit EmptyFolder(fs::path path) : path_(std::move(path)) { fs::create_directories(path_); }
    EmptyFolder(const EmptyFolder&) = delete;
    EmptyFolder& operator=(const EmptyFolder&) = delete;
    ~EmptyFolder() {
        std::error_code ignored;
        if (fs::is_empty(path_, ignored)) {
            fs::remove(path_, ignored);
        }
    }

  private:
    fs::path path_;
};

}  // namespace

fs::path default_data_folder() { return data_folders().front(); }

void fetch(const DataCollection& collection, const fs::path& folder, const std::vector<std::string>& mirrors,
           const std::function<void(const std::string&)>& report) {
    const fs::path place = folder / collection.name;
    if (faults_of(collection, place).empty()) {
        report(fmt::format("{}: all files are in {} and good", collection.name, place.string()));
        return;
    }
    const EmptyFolder made(place);
    for (const DataFile& file : collection.files) {
        if (fault_in(place / file.name, file).empty()) {
            report(fmt::format("{}: is there and good", file.name));
        } else {
            fetch_file(file, place / file.name, mirrors, report);
        }
    }
    if (collection.archived()) {
        const fs::path archive = place / collection.files[0].name;
        unpack(archive, collection, place);
        fs::remove(archive);
        report(fmt::format("{}: unpacked", collection.name));
    }
}

}  // namespace syncache
