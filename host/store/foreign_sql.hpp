#pragma once

#include <sqlite3.h>

#include <chrono>
#include <string>

namespace syncache {

class Store;

// While it lives, a reading store's connection takes SQL of others, such as a claim's: statements may only ask (no
// PRAGMA, no ATTACH, no temporary tables, no extension), make no value of more than 100 kB, and are interrupted after
// some time. The store must outlive it; not for stores that write.
class ForeignSql {
  public:
    // seconds: from now on, for all statements together; > 0.
    ForeignSql(const Store& store, double seconds);
    ~ForeignSql();
    ForeignSql(const ForeignSql&) = delete;
    ForeignSql& operator=(const ForeignSql&) = delete;

    // What to say of a failed statement: "takes more than 30 s", "asks for more than ...", or `reason`, SQLite's.
    // code: SQLite's, of the failure.
    std::string problem(int code, const std::string& reason) const;

  private:
    sqlite3* database_;
    double seconds_;
    std::chrono::steady_clock::time_point end_;
    int former_length_, former_pattern_length_;
};

}  // namespace syncache
