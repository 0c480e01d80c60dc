#include "crypto/ec_parameters.hpp"
#include "crypto/botan_compat.hpp"
#include "crypto/curves.hpp"

namespace sshoal::crypto {
namespace {

using namespace std::string_view_literals;
constexpr auto oid_prime_field = "\x2a\x86\x48\xce\x3d\x01\x01"sv;

bool is_number(byte_view written, const Botan::BigInt& n)
{
    while (!written.empty() && written.front() == std::byte(0))
        written = written.subspan(1);
    return equal(written, compat::to_bytes(n));
}

/// Returns whether this is the curve's base point, uncompressed or compressed.
bool is_base(byte_view point, curve c)
{
    const std::size_t size = curve_bytes(c);
    const auto& x = group_of(c).get_g_x();
    const auto& y = group_of(c).get_g_y();
    if (point.empty() || point.size() < 1 + size || !is_number(point.subspan(1, size), x))
        return false;
    const byte_view rest = point.subspan(1 + size);
    if (point.front() == std::byte(4))
        return rest.size() == size && is_number(rest, y);
    return rest.empty() && point.front() == std::byte(y.is_odd() ? 3 : 2);
}

} // namespace

std::string_view curve_oid(curve c) noexcept
{
    return c == curve::nistp256 ? "\x2a\x86\x48\xce\x3d\x03\x01\x07"sv
        : c == curve::nistp384  ? "\x2b\x81\x04\x00\x22"sv
                                : "\x2b\x81\x04\x00\x23"sv;
}

result<curve> read_ec_parameters(der::reader& parameters)
{
    constexpr curve all[] = {curve::nistp256, curve::nistp384, curve::nistp521};
    if (parameters.next_is(der::object_id)) {
        const byte_view oid = parameters.read(der::object_id);
        if (!parameters.ok() || !parameters.empty())
            return errc::bad_key;
        for (const curve c : all)
            if (text_of(oid) == curve_oid(c))
                return c;
        return errc::unsupported_key;
    }
    if (!parameters.next_is(der::sequence)) // NULL stands for a curve that is agreed upon elsewhere
        return errc::unsupported_key;
    auto numbers = parameters.enter(der::sequence);
    const std::uint32_t version = numbers.read_small();
    auto field = numbers.enter(der::sequence);
    const byte_view field_oid = field.read(der::object_id);
    if (field.ok() && text_of(field_oid) != oid_prime_field)
        return errc::unsupported_key;
    const byte_view p = field.read_number();
    auto equation = numbers.enter(der::sequence);
    const byte_view a = equation.read(der::octet_string), b = equation.read(der::octet_string);
    if (equation.next_is(der::bit_string))
        equation.read(der::bit_string); // a seed, which changes nothing
    const byte_view base = numbers.read(der::octet_string);
    const byte_view order = numbers.read_number();
    if (numbers.next_is(der::integer))
        numbers.read_number(); // the cofactor, which follows from the rest
    if (!parameters.ok() || !parameters.empty() || !numbers.ok() || !field.ok() || !field.empty() || !equation.ok()
        || version == 0 || version > 3)
        return errc::bad_key;
    for (const curve c : all) {
        const Botan::EC_Group& group = group_of(c);
        if (is_number(p, group.get_p()) && is_number(a, group.get_a()) && is_number(b, group.get_b())
            && is_number(order, group.get_order()) && is_base(base, c))
            return c;
    }
    return errc::unsupported_key;
}

} // namespace sshoal::crypto
