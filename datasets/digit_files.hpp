#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The standard collections of handwritten digits (and of clothes) as files: which there are, where they are looked for,
// and whether they are what they should be. Nothing here downloads.
namespace syncache {

struct DataFile {
    std::string_view name;
    std::int64_t bytes;
    std::string_view sha256;
};

struct DataCollection {
    std::string_view name;                   // "mnist"; also its folder's name
    std::array<std::string_view, 4> images;  // train images, train labels, test images, test labels
    std::vector<DataFile> files;             // as distributed: the same, or an archive of them
    std::vector<std::string_view> mirrors;   // URLs of folders that hold `files`

    // Whether `files` is an archive, which is unpacked when it is fetched.
    bool archived() const { return files.size() == 1 && files[0].name != images[0]; }
};

// The list of SHA-256 sums beside images that came out of an archive.
inline constexpr std::string_view checksums_file = "SHA256SUMS";

std::span<const DataCollection> data_collections();

// Throws std::invalid_argument that lists the names there are.
const DataCollection& find_collection(std::string_view name);

// Folders in which collections are looked for, in this order: $SYNCACHE_DATA (if set), then datasets/data and
// ../shared/data below the working directory. A collection lies in a folder of its name there, or its files directly.
std::vector<std::filesystem::path> data_folders();

// The first folder that has all of a collection's images. Not verified.
std::optional<std::filesystem::path> locate(const DataCollection& collection);

// Its four files, which are verified once in the life of the process, so that the name alone tells what a network
// learned from. Throws std::invalid_argument that says where it looked and how to get the files, or what is wrong with
// one.
std::array<std::filesystem::path, 4> image_files(const DataCollection& collection);

// Why a file is not the one it should be ("1234 bytes; expected 9912422"), or "" if it is.
std::string fault_in(const std::filesystem::path& path, const DataFile& expected);

// One line for each image or label file in `folder` that is not what it should be: "<name>: <why>". Images out of an
// archive are compared with the sums that were written when it was unpacked.
std::vector<std::string> faults_of(const DataCollection& collection, const std::filesystem::path& folder);

}  // namespace syncache
