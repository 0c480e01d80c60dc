// docs/configuration.md lists the keywords of the tables, and this test keeps it so. SSHOAL_UPDATE_DOCS=1 writes the lists anew.
#include "catch.hpp"

#include "config/client_keywords.hpp"
#include "config/server_keywords.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sshoal::config_test_document {
namespace {

std::string told(conf::effect e)
{
    switch (e) {
    case conf::effect::done: return "done";
    case conf::effect::harmless: return "accepted without effect";
    case conf::effect::wish: return "a warning";
    case conf::effect::refused: return "an error, unless IgnoreUnknown names it";
    case conf::effect::needed: return "an error";
    case conf::effect::ignored: return "ignored, as by OpenSSH";
    case conf::effect::deprecated: return "ignored with a warning, as by OpenSSH";
    }
    return "";
}

std::string cell(std::string_view text)
{
    std::string all;
    for (const char c : text)
        all += c == '|' ? std::string("\\|") : std::string(1, c);
    return all;
}

std::string tokens_of(const conf::keyword& k)
{
    std::string all;
    for (const char c : k.tokens)
        all += std::string(all.empty() ? "" : " ") + '%' + c;
    if (k.environment)
        all += " ${NAME}";
    return all;
}

std::string list_of(const conf::keyword_table& table)
{
    std::string text = "| keyword | treatment | default | tokens |\n|---|---|---|---|\n";
    for (std::size_t i = 0; i < table.size(); ++i) {
        const conf::keyword& k = table[i];
        std::string what = told(k.how);
        if (k.how != conf::effect::done && !k.nothing.empty() && k.nothing != "*")
            what += "; `" + std::string(k.nothing.substr(0, k.nothing.find(','))) + "` asks for nothing";
        text += "| " + std::string(k.name) + " | " + what + " | " + (k.standard.empty() ? "" : "`" + cell(k.standard) + "`") + " | "
                + tokens_of(k) + " |\n";
    }
    return text;
}

void check_list(const std::string& head, const conf::keyword_table& table)
{
    const std::string path = std::string(SSHOAL_DOCS) + "/configuration.md", tail = "<!-- end -->\n";
    std::ifstream in(path);
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    const auto begin = all.find(head);
    REQUIRE(begin != std::string::npos);
    const auto end = all.find(tail, begin);
    REQUIRE(end != std::string::npos);
    const std::string expected = list_of(table);
    if (std::getenv("SSHOAL_UPDATE_DOCS") != nullptr)
        std::ofstream(path) << all.substr(0, begin + head.size()) + expected + all.substr(end);
    else
        CHECK(all.substr(begin + head.size(), end - begin - head.size()) == expected);
}

} // namespace

TEST_CASE("the lists of keywords in the documents are those of the tables")
{
    check_list("<!-- keywords of ssh_config -->\n", conf::client_keywords);
    check_list("<!-- keywords of sshd_config -->\n", conf::server_keywords);
}

} // namespace sshoal::config_test_document
