// deliver.hpp - an awaitable whose result is known already.
#pragma once

#include "sshoal/run_on.hpp"

#include <utility>

namespace sshoal::sftp::local {

template <class T>
awaitable<T> deliver(T value)
{
    co_return std::move(value);
}

} // namespace sshoal::sftp::local
