#include "tests/emulator/fiber.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace emulator {
namespace {

// Where the context of the fiber goes that was left last; null: it has ended.
thread_local boost::context::fiber* left = nullptr;

void keep(boost::context::fiber from) {
    if (left != nullptr) {
        *left = std::move(from);
    }
}

struct NoDeallocation {
    void deallocate(boost::context::stack_context&) {}
};

}  // namespace

void Fiber::prepare(std::byte* stack, std::size_t bytes, std::function<Fiber*()> body) {
    boost::context::stack_context context;
    context.sp = stack + bytes;
    context.size = bytes;
    context_ =
        boost::context::fiber(std::allocator_arg, boost::context::preallocated(context.sp, context.size, context),
                              NoDeallocation{}, [body = std::move(body)](boost::context::fiber&& from) {
                                  keep(std::move(from));
                                  Fiber* next = body();
                                  left = nullptr;
                                  return std::move(next->context_);
                              });
}

void Fiber::change(Fiber& self, Fiber& to) {
    left = &self.context_;
    boost::context::fiber from = std::move(to.context_).resume();
    keep(std::move(from));
}

}  // namespace emulator
