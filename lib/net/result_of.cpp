#include "sshoal/result_of.hpp"

namespace sshoal::detail {

failure failure_in(const boost::system::system_error& thrown)
{
    if (const auto* const ours = dynamic_cast<const error*>(&thrown))
        return ours->why();
    return failure(thrown.code());
}

} // namespace sshoal::detail
