// descriptor.hpp - the public owner of a descriptor, under the name that the rooms use.
#pragma once

#include "sshoal/owned_descriptor.hpp"

#include <unistd.h>

namespace sshoal::os {

using descriptor = owned_descriptor;

} // namespace sshoal::os
