#pragma once

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/digit_files.hpp"

// Getting the standard collections over the network. Only `syncache data fetch` does this; training never downloads.
namespace syncache {

// Where collections are put: $SYNCACHE_DATA if set, otherwise datasets/data below the working directory.
std::filesystem::path default_data_folder();

// The user's Ctrl-C ended the download.
struct FetchInterrupted : std::runtime_error {
    FetchInterrupted() : std::runtime_error("interrupted") {}
};

// Gets a collection's files into folder / collection.name. Files that are there and good stay as they are. Each of the
// others comes from the first mirror that gives exactly the right bytes: it is written beside its place, checked (size,
// SHA-256), and only then put there. An archive is unpacked, and removed. mirrors: URLs of folders, tried in this
// order. report: gets one line for each file, and for each mirror that failed. Throws std::runtime_error naming the
// file that no mirror gave; what is there then is whole files only;
// and FetchInterrupted, if this process ignores SIGINT, when Ctrl-C ends the download.
void fetch(const DataCollection& collection, const std::filesystem::path& folder,
           const std::vector<std::string>& mirrors, const std::function<void(const std::string&)>& report);

}  // namespace syncache
