// Lines with history and completion, by libedit.
#include "line_editor.hpp"
#include "remote_glob.hpp"
#include "remote_listing.hpp"
#include "wake_pipe.hpp"

#include <histedit.h>

#include <algorithm>
#include <cstdio>

namespace programs {
namespace {

class terminal_source final : public line_source {
public:
    explicit terminal_source(directory_names names)
        : names_(std::move(names))
    {
        editor_ = ::el_init("sftp", stdin, stdout, stderr);
        history_ = ::history_init();
        if (editor_ == nullptr || history_ == nullptr)
            return;
        ::HistEvent event;
        ::history(history_, &event, H_SETSIZE, 1000);
        ::el_set(editor_, EL_CLIENTDATA, this);
        ::el_set(editor_, EL_HIST, ::history, history_);
        ::el_set(editor_, EL_PROMPT, &terminal_source::prompt);
        ::el_set(editor_, EL_EDITOR, "emacs");
        ::el_set(editor_, EL_TERMINAL, nullptr);
        ::el_set(editor_, EL_GETCFN, &terminal_source::next_character);
        // The narrow call would keep copies of both texts for ever.
        ::el_wset(editor_, EL_ADDFN, L"ftp-complete", L"Context sensitive argument completion", &terminal_source::tab);
        ::el_set(editor_, EL_BIND, "^I", "ftp-complete", nullptr);
        ::el_set(editor_, EL_BIND, "\\e[3~", "ed-delete-next-char", nullptr);
        ::el_set(editor_, EL_BIND, "\\e[1;5D", "ed-prev-word", nullptr);
        ::el_set(editor_, EL_BIND, "\\e[1;5C", "em-next-word", nullptr);
        ::el_set(editor_, EL_BIND, "^w", "ed-delete-prev-word", nullptr);
        ::el_source(editor_, nullptr); // the user's ~/.editrc
    }
    ~terminal_source() override
    {
        if (editor_ != nullptr)
            ::el_end(editor_);
        if (history_ != nullptr)
            ::history_end(history_);
    }
    bool works() const noexcept { return editor_ != nullptr && history_ != nullptr; }

    std::optional<std::string> read(const std::string& prompt) override
    {
        prompt_ = prompt;
        wake_.forget();
        int length = 0;
        const char* typed = ::el_gets(editor_, &length);
        if (typed == nullptr || length <= 0)
            return std::nullopt;
        std::string line(typed, static_cast<std::size_t>(length));
        ::HistEvent event;
        if (line.find_first_not_of(" \t\r\n") != std::string::npos)
            ::history(history_, &event, H_ENTER, line.c_str());
        while (line.ends_with('\n'))
            line.pop_back();
        return line;
    }
    void interrupt() noexcept override { wake_.wake(); }
    bool echoes() const noexcept override { return true; }

private:
    static terminal_source& of(::EditLine* e)
    {
        void* self = nullptr;
        ::el_get(e, EL_CLIENTDATA, &self);
        return *static_cast<terminal_source*>(self);
    }
    static char* prompt(::EditLine* e) { return of(e).prompt_.data(); }

    /// Bytes of UTF-8, one character at a time.
    static int next_character(::EditLine* e, wchar_t* to)
    {
        terminal_source& self = of(e);
        std::mbstate_t state = {};
        for (;;) {
            if (!self.wake_.wait(0)) {
                errno = EINTR;
                return -1;
            }
            char byte = 0;
            const ::ssize_t n = ::read(0, &byte, 1);
            if (n < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (n <= 0)
                return static_cast<int>(n);
            const std::size_t used = std::mbrtowc(to, &byte, 1, &state);
            if (used == static_cast<std::size_t>(-2))
                continue;
            if (used == static_cast<std::size_t>(-1)) {
                state = {};
                *to = static_cast<unsigned char>(byte);
            }
            return 1;
        }
    }

    static unsigned char tab(::EditLine* e, int)
    {
        terminal_source& self = of(e);
        const ::LineInfo* line = ::el_line(e);
        const completion c
            = complete(std::string_view(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)), self.names_);
        if (!c.insert.empty() && ::el_insertstr(e, c.insert.c_str()) != 0)
            return CC_ERROR;
        if (c.choices.empty())
            return c.insert.empty() ? CC_REFRESH_BEEP : CC_REFRESH;
        std::vector<list_item> items(c.choices.size());
        for (std::size_t i = 0; i < items.size(); ++i)
            items[i].name = c.choices[i];
        std::fputs(("\n" + in_columns(items, false, terminal_width(0))).c_str(), stdout);
        std::fflush(stdout);
        return CC_REDISPLAY;
    }

    directory_names names_;
    ::EditLine* editor_ = nullptr;
    ::History* history_ = nullptr;
    std::string prompt_;
    wake_pipe wake_;
};

} // namespace

std::unique_ptr<line_source> make_terminal_source(directory_names names)
{
    auto source = std::make_unique<terminal_source>(std::move(names));
    if (!source->works())
        return nullptr;
    return source;
}

} // namespace programs
