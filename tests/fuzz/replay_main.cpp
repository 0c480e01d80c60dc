// replay_main.cpp - feeds a fuzz target every file of its corpus, and fixed mutations of each, where libFuzzer is not to be had.
//   fuzz_replay_NAME FOLDER [MUTATIONS]
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using input = std::vector<std::uint8_t>;

/// The same numbers on every machine and in every run.
class generator {
public:
    explicit generator(std::uint64_t seed) : state_(seed | 1) {}
    std::uint64_t next()
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : std::size_t((next() >> 16) % limit); }

private:
    std::uint64_t state_;
};

/// FNV-1a.
std::uint64_t hash_of(const std::string& text)
{
    std::uint64_t h = 14695981039346656037u;
    for (unsigned char c : text)
        h = (h ^ c) * 1099511628211u;
    return h;
}

constexpr std::array<std::uint32_t, 10> lengths_that_hurt = {
    0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x00040001};

void mutate(input& bytes, generator& random)
{
    const std::size_t at = random.below(bytes.size() + 1);
    switch (random.below(8)) {
    case 0: // one bit
        if (at < bytes.size())
            bytes[at] ^= std::uint8_t(1u << random.below(8));
        break;
    case 1: // one byte
        if (at < bytes.size())
            bytes[at] = std::uint8_t(random.next() >> 24);
        break;
    case 2: // cut off
        bytes.resize(at);
        break;
    case 3: { // a length that does not fit
        const std::uint32_t value = lengths_that_hurt[random.below(lengths_that_hurt.size())];
        for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i)
            bytes[at + i] = std::uint8_t(value >> (24 - 8 * i));
        break;
    }
    case 4: { // a piece twice
        const input piece(bytes.begin() + std::ptrdiff_t(at),
                          bytes.begin() + std::ptrdiff_t(std::min(bytes.size(), at + 1 + random.below(64))));
        bytes.insert(bytes.begin() + std::ptrdiff_t(at), piece.begin(), piece.end());
        break;
    }
    case 5: // a piece gone
        bytes.erase(bytes.begin() + std::ptrdiff_t(at),
                    bytes.begin() + std::ptrdiff_t(std::min(bytes.size(), at + 1 + random.below(16))));
        break;
    case 6: // one byte more
        bytes.insert(bytes.begin() + std::ptrdiff_t(at), std::uint8_t(random.next() >> 24));
        break;
    default: // the same byte many times
        bytes.insert(bytes.begin() + std::ptrdiff_t(at), 1 + random.below(300), std::uint8_t(random.next() >> 24));
        break;
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s FOLDER [MUTATIONS]\n", argv[0]);
        return 2;
    }
    const int mutations = argc > 2 ? std::atoi(argv[2]) : 300;
    std::vector<std::filesystem::path> files;
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1], ec)) {
        if (entry.is_regular_file())
            files.push_back(entry.path());
    }
    if (files.empty()) {
        std::fprintf(stderr, "no corpus in %s\n", argv[1]);
        return 1;
    }
    std::sort(files.begin(), files.end());

    LLVMFuzzerTestOneInput(nullptr, 0);
    std::size_t inputs = 1;
    for (const auto& path : files) {
        std::ifstream file(path, std::ios::binary);
        const input seed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        // A name in the log tells which input was the last one.
        std::printf("%s, %zu bytes\n", path.filename().c_str(), seed.size());
        std::fflush(stdout);
        LLVMFuzzerTestOneInput(seed.data(), seed.size());
        ++inputs;
        generator random(hash_of(path.filename().string()));
        for (int i = 0; i < mutations; ++i) {
            input bytes = seed;
            for (std::size_t n = 1 + random.below(3); n > 0; --n)
                mutate(bytes, random);
            // Exactly as large as the input, so that a byte read past the end is seen.
            const input tight(bytes);
            LLVMFuzzerTestOneInput(tight.data(), tight.size());
            ++inputs;
        }
    }
    std::printf("%zu inputs from %zu files\n", inputs, files.size());
    return 0;
}
