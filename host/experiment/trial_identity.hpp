#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "host/settings/trial.hpp"

// By what a results file knows a trial.
namespace syncache {

// SHA-256 of data files, each read once. Thread-safe.
class FileChecksums {
  public:
    // 64 hexadecimal digits. Throws std::invalid_argument "<path>: cannot be read: <reason>".
    const std::string& sha256(const std::filesystem::path& path);

    // Every file asked for so far, with its checksum: what a run records.
    std::map<std::string, std::string> all() const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> by_path_;
};

// The trial's identity: one line of JSON, {"model":"perceptron","seed":1,...}, every parameter in the schema's order,
// doubles in shortest form, infinities as "inf". A file is named as written, then "@" and the first 16 hexadecimal
// digits of its SHA-256 ("patterns.idx2@1f3a..."), so that changed data is another trial.
std::string canonical_text(const Trial& trial, FileChecksums& checksums);

}  // namespace syncache
