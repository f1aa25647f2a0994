#pragma once

// Calls that can fail, counted by kind from the beginning of main(); one of them, or all from one on, is made to fail.
namespace syncache::faults {

enum class Kind { alloc, open, read, write, sync, truncate, rename, remove, lock, map, thread, message, n_kinds };

// Counts a call of that kind. True, with errno set, if it has to fail.
bool fails(Kind kind);

// Of a call on an open file: standard error has a kind of its own.
bool fails(Kind kind, int descriptor);

// From now on calls are counted.
void begin();

// While one lives, this thread's calls are neither counted nor made to fail.
class Pause {
  public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
};

// A transaction has been committed, after which the results file has this many trials.
void note_commit(unsigned long n_trials);

}  // namespace syncache::faults
