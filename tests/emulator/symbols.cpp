#include "tests/emulator/symbols.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/emulator/settings.hpp"

extern "C" char __executable_start, _end;
extern "C" {
thread_local char emulator_anchor = 1;
void emulator_landmark() {}
// Where the instructions before kernels with launch bounds begin; written by the compiler, named by the linker.
[[gnu::weak, gnu::visibility("hidden")]] extern const std::uintptr_t __start___patchable_function_entries[];
[[gnu::weak, gnu::visibility("hidden")]] extern const std::uintptr_t __stop___patchable_function_entries[];
}

namespace emulator {
namespace {

// The processor's instruction without effect.
#ifdef __aarch64__
using Nothing = std::uint32_t;
constexpr Nothing nothing = 0xd503201f;
#else
using Nothing = std::uint8_t;
constexpr Nothing nothing = 0x90;
#endif

// The program's own symbol table.
struct Symbols {
    std::vector<Variable> thread_local_variables;
    std::map<std::uintptr_t, std::string> functions;
    std::size_t anchor = 0, thread_local_bytes = 0;
    std::uintptr_t base = 0;  // what is added to a symbol's value where the program lies elsewhere

    Symbols() {
        const int file = open("/proc/self/exe", O_RDONLY);
        struct stat info{};
        if (file < 0 || fstat(file, &info) != 0) {
            give_up("cannot read /proc/self/exe");
        }
        const auto bytes = static_cast<std::size_t>(info.st_size);
        void* image = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
        close(file);
        if (image == MAP_FAILED) {
            give_up("cannot map /proc/self/exe");
        }
        read(static_cast<const char*>(image));
        munmap(image, bytes);
    }

  private:
    void read(const char* image) {
        const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image);
        const auto* segments = reinterpret_cast<const Elf64_Phdr*>(image + header->e_phoff);
        for (int k = 0; k < header->e_phnum; ++k) {
            if (segments[k].p_type == PT_TLS) {
                thread_local_bytes = segments[k].p_memsz;
            }
        }
        const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image + header->e_shoff);
        for (int k = 0; k < header->e_shnum; ++k) {
            if (sections[k].sh_type == SHT_SYMTAB) {
                read_table(image, sections[k], sections[sections[k].sh_link]);
            }
        }
        if (base == 0 && thread_local_variables.empty()) {
            give_up("the program has no symbol table (was it stripped?)");
        }
    }

    void read_table(const char* image, const Elf64_Shdr& table, const Elf64_Shdr& names) {
        const auto* symbols = reinterpret_cast<const Elf64_Sym*>(image + table.sh_offset);
        for (std::size_t k = 0; k < table.sh_size / sizeof(Elf64_Sym); ++k) {
            const Elf64_Sym& symbol = symbols[k];
            const std::string name = image + names.sh_offset + symbol.st_name;
            const auto type = ELF64_ST_TYPE(symbol.st_info);
            if (type == STT_TLS && symbol.st_shndx != SHN_UNDEF) {
                thread_local_variables.push_back({name, symbol.st_value, symbol.st_size});
                anchor = name == "emulator_anchor" ? symbol.st_value : anchor;
            } else if (type == STT_FUNC && name.find("kernel") != std::string::npos) {
                functions[symbol.st_value] = name;
            }
            if (name == "emulator_landmark") {
                base = reinterpret_cast<std::uintptr_t>(&emulator_landmark) - symbol.st_value;
            }
        }
    }
};
const Symbols& symbols() {
    static const Symbols all;
    return all;
}

}  // namespace

std::byte* thread_locals() { return reinterpret_cast<std::byte*>(&emulator_anchor) - symbols().anchor; }
std::size_t thread_local_bytes() { return symbols().thread_local_bytes; }

std::string kernel_name(const void* kernel) {
    const auto place = symbols().functions.find(reinterpret_cast<std::uintptr_t>(kernel) - symbols().base);
    return place == symbols().functions.end() ? "" : place->second;
}

int launch_bound(const void* kernel) {
    const auto end = reinterpret_cast<std::uintptr_t>(kernel);
    std::uintptr_t first = 0;
    for (const auto* place = __start___patchable_function_entries; place != __stop___patchable_function_entries;
         ++place) {
        first = *place <= end ? std::max(first, *place) : first;
    }
    // Another function's, if anything else lies between.
    const auto* from = reinterpret_cast<const Nothing*>(first);
    const auto n = static_cast<std::ptrdiff_t>((end - first) / sizeof(Nothing));
    return first != 0 && n <= 1024 && std::all_of(from, from + n, [](Nothing x) { return x == nothing; })
               ? static_cast<int>(n)
               : 0;
}

std::string demangled(const std::string& name) {
    int status = 0;
    char* text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
    const std::string result = status == 0 ? text : name;
    std::free(text);
    return result;
}

std::vector<Variable> shared_variables(const std::string& kernel) {
    std::vector<Variable> result;
    const std::string prefix = "_ZZ" + kernel.substr(2) + "E";
    for (const Variable& variable : symbols().thread_local_variables) {
        if (variable.name.starts_with(prefix)) {
            result.push_back(variable);
        }
    }
    return result;
}

bool is_guard(std::size_t offset) {
    for (const Variable& variable : symbols().thread_local_variables) {
        if (offset >= variable.offset && offset < variable.offset + variable.size) {
            return variable.name.starts_with("_ZGV");
        }
    }
    return false;
}

std::uint32_t to_offset(const void* code) {
    return static_cast<std::uint32_t>(static_cast<const char*>(code) - &__executable_start);
}
const void* to_code(std::uint32_t offset) { return &__executable_start + offset; }
bool in_program(const void* at) { return at >= &__executable_start && at < &_end; }

std::string place_in_source(const void* code) {
    char command[160], line[512] = "";
    // One before: of a call's return address, the call.
    std::snprintf(command, sizeof command, "addr2line -s -e /proc/%d/exe %#lx 2>/dev/null", static_cast<int>(getpid()),
                  reinterpret_cast<std::uintptr_t>(code) - 1 - symbols().base);
    if (FILE* pipe = popen(command, "r")) {
        const bool read = std::fgets(line, sizeof line, pipe) != nullptr;
        pclose(pipe);
        const std::string text = read ? line : "";
        if (!text.empty() && text[0] != '?') {
            return text.substr(0, text.find_first_of(" \n"));
        }
    }
    std::snprintf(line, sizeof line, "%p", code);
    return line;
}

}  // namespace emulator
