#include "sshoal/failure_detail.hpp"

namespace sshoal {

failure with_detail(const failure& f, failure_detail detail)
{
    failure other(f);
    other.detail_ = std::make_shared<const failure_detail>(std::move(detail));
    return other;
}

failure_detail detail_of(const failure& f) { return f.detail() ? *f.detail() : failure_detail(); }

} // namespace sshoal
