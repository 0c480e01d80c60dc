// secure.hpp - memory for secrets. The memory is overwritten before it is freed, in a way that the compiler cannot remove.
#pragma once

#include "base/bytes.hpp"

#include <memory>

namespace sshoal {

/// Overwrites memory with zeros, even if the compiler can prove that the memory is not read again.
void wipe(void* data, std::size_t size) noexcept;

template <class T>
struct wiping_allocator {
    using value_type = T;
    wiping_allocator() = default;
    template <class U>
    wiping_allocator(const wiping_allocator<U>&) noexcept {}
    T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
    void deallocate(T* p, std::size_t n) noexcept
    {
        wipe(p, n * sizeof(T));
        std::allocator<T>().deallocate(p, n);
    }
    template <class U>
    bool operator==(const wiping_allocator<U>&) const noexcept { return true; }
};

/// Bytes that hold a secret: a key, a passphrase, a shared secret.
using secure_bytes = std::vector<std::byte, wiping_allocator<std::byte>>;
/// Text that holds a secret. std::string would keep short texts inside the object, where no allocator can wipe them.
class secret_text {
public:
    secret_text() = default;
    explicit secret_text(std::string_view t) : data_(view_of(t).begin(), view_of(t).end()) {}
    std::string_view view() const noexcept { return text_of(byte_view(data_)); }
    bool empty() const noexcept { return data_.empty(); }

private:
    secure_bytes data_;
};

/// Compares two runs of bytes in a time that does not depend on where they differ.
bool equal_constant_time(byte_view a, byte_view b) noexcept;

} // namespace sshoal
