#include "datasets/digit_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "datasets/checksum.hpp"

namespace syncache {
namespace {

constexpr std::size_t sha256_digits = 64;

using Names = std::array<std::string_view, 4>;

constexpr Names mnist_names{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                            "t10k-labels-idx1-ubyte.gz"};
constexpr Names emnist_names{"emnist-digits-train-images-idx3-ubyte.gz", "emnist-digits-train-labels-idx1-ubyte.gz",
                             "emnist-digits-test-images-idx3-ubyte.gz", "emnist-digits-test-labels-idx1-ubyte.gz"};

std::vector<DataCollection> make_collections() {
    const std::vector<DataFile> mnist{
        {mnist_names[0], 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
        {mnist_names[1], 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
        {mnist_names[2], 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
        {mnist_names[3], 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}};
    const std::vector<DataFile> fashion{
        {mnist_names[0], 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
        {mnist_names[1], 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
        {mnist_names[2], 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
        {mnist_names[3], 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}};
    const std::vector<DataFile> emnist{
        {"gzip.zip", 561753746, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"}};
    using Mirrors = std::vector<std::string_view>;
    return {
        {"mnist", mnist_names, mnist,
         Mirrors{"https://ossci-datasets.s3.amazonaws.com/mnist",
                 "https://storage.googleapis.com/cvdf-datasets/mnist"}},
        {"fashion-mnist", mnist_names, fashion,
         Mirrors{"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
                 "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion"}},
        {"emnist", emnist_names, emnist,
         Mirrors{"https://biometrics.nist.gov/cs_links/EMNIST", "http://www.itl.nist.gov/iaui/vip/cs_links/EMNIST"}}};
}

const std::vector<DataCollection>& collections() {
    static const std::vector<DataCollection> all = make_collections();
    return all;
}

bool all_there(const std::filesystem::path& folder, const DataCollection& collection) {
    return std::ranges::all_of(collection.images, [&](std::string_view name) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(folder / name, ignored);
    });
}

bool sizes_are_right(const std::filesystem::path& folder, const DataCollection& collection) {
    return collection.archived() || std::ranges::all_of(collection.files, [&](const DataFile& file) {
               std::error_code ignored;
               return static_cast<std::int64_t>(std::filesystem::file_size(folder / file.name, ignored)) == file.bytes;
           });
}

}  // namespace

std::span<const DataCollection> data_collections() { return collections(); }

const DataCollection& find_collection(std::string_view name) {
    const auto found = std::ranges::find(collections(), name, &DataCollection::name);
    if (found == collections().end()) {
        std::vector<std::string_view> names;
        std::ranges::transform(collections(), std::back_inserter(names), &DataCollection::name);
        throw std::invalid_argument(fmt::format("data \"{}\"; allowed: one of {}", name, fmt::join(names, ", ")));
    }
    return *found;
}

std::vector<std::filesystem::path> data_folders() {
    std::vector<std::filesystem::path> folders;
    if (const char* const given = std::getenv("SYNCACHE_DATA"); given != nullptr && *given != '\0') {
        folders.emplace_back(given);
    }
    folders.emplace_back("datasets/data");
    folders.emplace_back("../shared/data");
    return folders;
}

std::optional<std::filesystem::path> locate(const DataCollection& collection) {
    for (const std::filesystem::path& folder : data_folders()) {
        for (const std::filesystem::path& place : {folder / collection.name, folder}) {
            // Collections have the same names for their files: outside a folder of its own, sizes must be right too.
            const bool own = place.filename() == collection.name;
            if (all_there(place, collection) && (own || sizes_are_right(place, collection))) {
                return place;
            }
        }
    }
    return std::nullopt;
}

namespace {

// Throws std::invalid_argument with the first fault; looks at the files only the first time.
void verify_once(const DataCollection& collection, const std::filesystem::path& folder) {
    static std::mutex mutex;
    static std::map<std::filesystem::path, std::string> verdicts;
    const std::lock_guard lock(mutex);
    const auto [verdict, unknown] = verdicts.try_emplace(folder / collection.name);
    if (unknown) {
        const std::vector<std::string> faults = faults_of(collection, folder);
        verdict->second = faults.empty() ? "" : faults[0];
    }
    if (!verdict->second.empty()) {
        throw std::invalid_argument(
            fmt::format("{}/{}; get it with `syncache data fetch {}`, or name your own files with "
                        "train_images, train_labels, test_images and test_labels",
                        folder.string(), verdict->second, collection.name));
    }
}

}  // namespace

std::array<std::filesystem::path, 4> image_files(const DataCollection& collection) {
    const auto folder = locate(collection);
    if (!folder) {
        std::vector<std::string> looked;
        std::ranges::transform(data_folders(), std::back_inserter(looked),
                               [](const auto& path) { return path.string(); });
        throw std::invalid_argument(
            fmt::format("data \"{0}\": its files are in none of {1}; get them with `syncache data fetch {0}`, or use "
                        "data = \"synthetic\"",
                        collection.name, fmt::join(looked, ", ")));
    }
    verify_once(collection, *folder);
    std::array<std::filesystem::path, 4> files;
    std::ranges::transform(collection.images, files.begin(), [&](std::string_view name) { return *folder / name; });
    return files;
}

std::string fault_in(const std::filesystem::path& path, const DataFile& expected) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    if (error) {
        return error.message();
    }
    if (static_cast<std::int64_t>(bytes) != expected.bytes) {
        return fmt::format("{} bytes; expected {}", bytes, expected.bytes);
    }
    const std::string found = file_sha256(path);
    return found == expected.sha256 ? "" : fmt::format("SHA-256 {}; expected {}", found, expected.sha256);
}

namespace {

// The sum of a file in a list as `sha256sum` writes it, or "".
std::string listed_sum(const std::filesystem::path& list, std::string_view name) {
    std::ifstream in(list);
    for (std::string line; std::getline(in, line);) {
        if (line.size() > sha256_digits && line.ends_with(fmt::format(" {}", name))) {
            return line.substr(0, sha256_digits);
        }
    }
    return "";
}

std::string fault_of_unpacked(const std::filesystem::path& folder, std::string_view name) {
    std::error_code error;
    if (!std::filesystem::exists(folder / name, error)) {
        return "is missing";
    }
    const std::string expected = listed_sum(folder / checksums_file, name);
    if (expected.empty()) {
        return fmt::format("has no sum in {}", checksums_file);
    }
    const std::string found = file_sha256(folder / name);
    return found == expected ? "" : fmt::format("SHA-256 {}; expected {}", found, expected);
}

}  // namespace

std::vector<std::string> faults_of(const DataCollection& collection, const std::filesystem::path& folder) {
    std::vector<std::string> faults;
    for (std::size_t i = 0; i < collection.images.size(); ++i) {
        const std::string_view name = collection.images[i];
        const std::string fault =
            collection.archived() ? fault_of_unpacked(folder, name) : fault_in(folder / name, collection.files.at(i));
        if (!fault.empty()) {
            faults.push_back(fmt::format("{}: {}", name, fault));
        }
    }
    return faults;
}

}  // namespace syncache
