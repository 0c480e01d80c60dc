// option_scanner.hpp - command lines as getopt(3) reads them: combined flags, arguments glued or apart, "--".
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class option_scanner {
public:
    /// `known` lists the flags; a flag with an argument is followed by ':'.
    option_scanner(std::vector<std::string> words, std::string known) : words_(std::move(words)), known_(std::move(known)) {}

    /// Returns: the next flag, or 0 at the first word that is no flag. Errors: usage_error.
    char next()
    {
        if (inside_ == 0) {
            if (ended_ || at_ == words_.size() || words_[at_].size() < 2 || words_[at_].front() != '-')
                return 0;
            if (words_[at_] == "--") {
                ended_ = true;
                ++at_;
                return 0;
            }
            inside_ = 1;
        }
        const std::string& word = words_[at_];
        const char flag = word[inside_++];
        const auto where = known_.find(flag);
        if (flag == ':' || where == std::string::npos)
            throw usage_error(std::string("unknown option -- ") + flag);
        const bool wants_argument = where + 1 < known_.size() && known_[where + 1] == ':';
        argument_.clear();
        if (!wants_argument) {
            if (inside_ == word.size())
                step();
            return flag;
        }
        if (inside_ < word.size()) {
            argument_ = word.substr(inside_);
        } else if (at_ + 1 < words_.size()) {
            argument_ = words_[++at_];
        } else {
            throw usage_error(std::string("option requires an argument -- ") + flag);
        }
        step();
        return flag;
    }
    const std::string& argument() const noexcept { return argument_; }

    /// Returns: the next word that is no flag; flags may follow it.
    bool has_word() const noexcept { return at_ < words_.size(); }
    std::string take_word() { return words_[at_++]; }
    std::vector<std::string> take_rest()
    {
        std::vector<std::string> rest(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
        at_ = words_.size();
        return rest;
    }
    bool ended() const noexcept { return ended_; } ///< by "--"

private:
    void step()
    {
        ++at_;
        inside_ = 0;
    }

    std::vector<std::string> words_;
    std::string known_, argument_;
    std::size_t at_ = 0, inside_ = 0;
    bool ended_ = false;
};

} // namespace programs
