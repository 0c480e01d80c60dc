#include "progress_meter.hpp"

#include "remote_glob.hpp"
#include "remote_listing.hpp"

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace programs {
namespace {

bool may_draw() { return ::isatty(1) == 1 && ::getpgrp() == ::tcgetpgrp(1); }

/// "1234KB", six characters.
std::string amount(double bytes, bool fraction)
{
    constexpr const char* units[] = {" B", "KB", "MB", "GB", "TB", "PB"};
    std::size_t unit = 0;
    for (; bytes >= (fraction ? 1000.0 : 10000.0) && unit + 1 < std::size(units); ++unit)
        bytes /= 1024;
    char text[64];
    std::snprintf(text, sizeof text, fraction && unit > 0 ? "%5.1f%s" : fraction ? "%5.0f%s" : "%4.0f%s", bytes, units[unit]);
    return text;
}

} // namespace

std::string progress_meter::line(const std::string& name, std::uint64_t bytes, std::uint64_t size, double rate, double seconds,
                                 bool done, unsigned width)
{
    char rest[96];
    const unsigned percent
        = size == 0 || bytes >= size ? (done || size != 0 ? 100 : 0) : static_cast<unsigned>(double(bytes) * 100 / double(size));
    std::snprintf(rest, sizeof rest, " %3u%% %s %s/s ", percent, amount(double(bytes), false).c_str(),
                  amount(rate, true).c_str());
    std::string end = rest;
    if (seconds < 0 || seconds > 359'999) {
        end += "  --:-- ETA";
    } else {
        const auto s = static_cast<unsigned>(seconds + 0.5);
        if (s >= 3600)
            std::snprintf(rest, sizeof rest, "%2u:%02u:%02u%s", s / 3600, s / 60 % 60, s % 60, done ? "    " : " ETA");
        else
            std::snprintf(rest, sizeof rest, "  %02u:%02u%s", s / 60, s % 60, done ? "    " : " ETA");
        end += rest;
    }
    const std::size_t room = width > end.size() + 1 ? width - end.size() - 1 : 0;
    std::string text = shown(name);
    if (text.size() > room)
        text.resize(room);
    text.resize(room, ' ');
    return text + end;
}

sshoal::progress_function progress_meter::function()
{
    return [this](const sshoal::transfer_progress& p) { draw(p); };
}

void progress_meter::draw(const sshoal::transfer_progress& p)
{
    const clock::time_point now = clock::now();
    auto [known, is_new] = files_.try_emplace(p.path);
    if (is_new) {
        known->second.begin = now;
        known->second.first = p.bytes;
    }
    if (current_.empty())
        current_ = p.path;
    const double passed = std::chrono::duration<double>(now - known->second.begin).count();
    const double moved = double(p.bytes - std::min(p.bytes, known->second.first));
    const double rate = passed > 0.001 ? moved / passed : is_new ? 0 : p.rate();
    if (may_draw() && (p.done || (p.path == current_ && now - drawn_ >= std::chrono::milliseconds(90)))) {
        const double left = p.done ? passed : rate > 0 && p.size >= p.bytes ? double(p.size - p.bytes) / rate : -1;
        const std::string text
            = '\r' + line(base_of(p.path), p.bytes, p.size, rate, left, p.done, terminal_width(1)) + (p.done ? "\n" : "");
        std::fflush(stdout);
        (void)!::write(1, text.data(), text.size());
        drawn_ = p.done ? clock::time_point() : now;
        open_ = !p.done;
    }
    if (p.done) {
        files_.erase(known);
        if (p.path == current_)
            current_ = files_.empty() ? std::string() : files_.begin()->first;
    }
}

void progress_meter::finish()
{
    if (open_)
        (void)!::write(1, "\n", 1);
    open_ = false;
    files_.clear();
    current_.clear();
}

} // namespace programs
