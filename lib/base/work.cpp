#include "base/work.hpp"

#include <new>

namespace sshoal {

void job::run() noexcept
{
    try {
        compute();
    } catch (const std::bad_alloc&) {
        why_failed_ = failure(make_error_code(boost::system::errc::not_enough_memory));
    } catch (const std::exception& e) {
        try {
            why_failed_ = failure(make_error_code(boost::system::errc::state_not_recoverable), e.what());
        } catch (...) {
            why_failed_ = failure(make_error_code(boost::system::errc::not_enough_memory));
        }
    } catch (...) {
        why_failed_ = failure(make_error_code(boost::system::errc::state_not_recoverable));
    }
}

} // namespace sshoal
