#include "tools/syncache/command_line.hpp"

int main(int argc, char** argv) { return syncache::command_line(argc, argv); }
