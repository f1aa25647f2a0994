#pragma once

#include <cstddef>

// What a process does to the files of one folder, written down in order for tests/faults/power.py: SYNCACHE_RECORD is
// the file that it is written to, SYNCACHE_RECORD_FOLDER the folder. An entry is a line "operation name offset bytes",
// followed by so many bytes of data.
namespace syncache::faults {

// Of an open file; those of other folders, locks and SQLite's shared memory, which is made anew, are left out.
void record(const char* operation, int file, long long offset, const void* data, std::size_t size);

// Of a name.
void record(const char* operation, const char* path);

// A commit, after which there are so many trials.
void record_commit(unsigned long n_trials);

bool is_recording();

}  // namespace syncache::faults
