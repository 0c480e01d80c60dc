#include "net/strand.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

namespace sshoal::net {

using context_executor = asio::io_context::executor_type;
using context_strand = asio::strand<context_executor>;
using erased_strand = asio::strand<executor>;

bool is_strand(const executor& ex) noexcept { return ex.target<context_strand>() || ex.target<erased_strand>(); }

executor strand_for(const executor& ex)
{
    if (is_strand(ex))
        return ex;
    if (const auto* plain = ex.target<context_executor>())
        return context_strand(*plain);
    return erased_strand(ex);
}

executor inner_executor(const executor& ex)
{
    if (const auto* s = ex.target<context_strand>())
        return s->get_inner_executor();
    if (const auto* s = ex.target<erased_strand>())
        return s->get_inner_executor();
    return ex;
}

} // namespace sshoal::net
