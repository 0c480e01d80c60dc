// fields.hpp - the two visitors that walk the list of fields of a message, one reading, one writing, and the codec built on them.
// Only the .cpp files of messages include this file. A message lists its fields in wire order:
//     static void fields(auto& m, auto& v) { v(m.recipient, m.type, m.want_reply).rest(m.rest); }
// `m` is the message (constant while it is written) and `v` the visitor. A field that depends on another one stands behind an
// `if`, since the reading visitor has set the earlier field by then.
#pragma once

#include "wire/message.hpp"
#include "wire/name_list.hpp"

#include <array>
#include <type_traits>
#include <utility>

namespace sshoal::wire {

template <class Buffer>
class field_writer {
public:
    explicit field_writer(basic_writer<Buffer>& to) noexcept : w_(to) {}

    template <class... Field>
    field_writer& operator()(const Field&... fields)
    {
        (put(fields), ...);
        return *this;
    }
    void rest(byte_view v) { w_.raw(v); }
    field_writer& magnitude(byte_view v)
    {
        w_.mpint(v);
        return *this;
    }
    template <class T>
    void counted(const std::vector<T>& list, std::uint32_t, std::size_t)
    {
        w_.u32(std::uint32_t(list.size()));
        until_end(list, 0);
    }
    template <class T>
    void until_end(const std::vector<T>& list, std::size_t)
    {
        for (const T& element : list)
            put(element);
    }

private:
    template <class T>
    void put(const T& field)
    {
        if constexpr (std::is_same_v<T, bool>)
            w_.boolean(field);
        else if constexpr (std::is_same_v<T, std::uint32_t>)
            w_.u32(field);
        else if constexpr (std::is_same_v<T, name_list>)
            write_name_list(w_, field);
        else if constexpr (requires { T::fields(field, *this); })
            T::fields(field, *this);
        else
            w_.string(field);
    }
    template <std::size_t N>
    void put(const std::array<std::byte, N>& field)
    {
        w_.raw(field);
    }

    basic_writer<Buffer>& w_;
};

class field_reader {
public:
    explicit field_reader(reader& from) noexcept : r_(from) {}

    /// Fields by their C++ types: bool, std::uint32_t, std::string_view or byte_view (a string), name_list, an array (that many
    /// bytes), or a struct with fields() of its own.
    template <class... Field>
    field_reader& operator()(Field&... fields)
    {
        (get(fields), ...);
        return *this;
    }
    /// All bytes up to the end of the message.
    void rest(byte_view& v) { v = r_.rest(); }
    /// An mpint greater than zero, as its big-endian magnitude.
    field_reader& magnitude(byte_view& v)
    {
        v = r_.unsigned_mpint();
        if (v.empty())
            r_.fail();
        return *this;
    }
    /// A count and that many elements, each of which takes at least `least_bytes`: a count that cannot be true costs no memory.
    template <class T>
    void counted(std::vector<T>& list, std::uint32_t most, std::size_t least_bytes)
    {
        const std::uint32_t count = r_.u32();
        if (count > most || count > r_.left() / least_bytes) {
            r_.fail();
            return;
        }
        list.reserve(count);
        for (std::uint32_t i = 0; i < count && r_.ok(); ++i)
            get(list.emplace_back());
    }
    /// Elements up to the end of the message.
    template <class T>
    void until_end(std::vector<T>& list, std::size_t most)
    {
        while (r_.left() > 0) {
            if (list.size() == most)
                r_.fail();
            else
                get(list.emplace_back());
        }
    }

private:
    template <class T>
    void get(T& field)
    {
        if constexpr (std::is_same_v<T, bool>)
            field = r_.boolean();
        else if constexpr (std::is_same_v<T, std::uint32_t>)
            field = r_.u32();
        else if constexpr (std::is_same_v<T, std::string_view>)
            field = r_.text();
        else if constexpr (std::is_same_v<T, byte_view>)
            field = r_.string();
        else if constexpr (std::is_same_v<T, name_list>)
            field = read_name_list(r_);
        else
            T::fields(field, *this);
    }
    template <std::size_t N>
    void get(std::array<std::byte, N>& field)
    {
        const byte_view v = r_.take(N);
        std::copy(v.begin(), v.end(), field.begin());
    }

    reader& r_;
};

template <class Buffer, class M>
void write_message(basic_writer<Buffer>& w, const M& m)
{
    if constexpr (requires { M::number; })
        w.u8(M::number);
    field_writer<Buffer> v(w);
    M::fields(m, v);
}

template <class M>
void codec<M>::encode(writer& w, const M& m)
{
    write_message(w, m);
}

template <class M>
void secret_codec<M>::encode(secure_writer& w, const M& m)
{
    write_message(w, m);
}

template <class M>
result<M> codec<M>::decode(byte_view payload)
{
    reader r(payload);
    if constexpr (requires { M::number; })
        r = open_message(payload, M::number);
    M m;
    field_reader v(r);
    M::fields(m, v);
    if (!r.finished())
        return make_error_code(errc::malformed_message);
    return result<M>(std::move(m));
}

} // namespace sshoal::wire
