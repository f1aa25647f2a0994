#include <cstdio>

#include "host/build_info.hpp"

int main() { std::printf("syncache %s (%s)\n", syncache::version_text().c_str(), syncache::commit_text().c_str()); }
