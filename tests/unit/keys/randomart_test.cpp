#include "catch.hpp"
#include "sshoal/randomart.hpp"

using namespace sshoal;

TEST_CASE("the picture of a key is the one that ssh-keygen -lv draws")
{
    const auto ed25519 = public_key::from_line(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFXHzPOSI+8Hv3JK2upHb4ZhWEuxTT8+6CNimN07yyMT");
    REQUIRE(ed25519.has_value());
    CHECK(randomart(*ed25519)
          ==
          "+--[ED25519 256]--+\n"
          "|=oo**.#=         |\n"
          "|+o==*%*O         |\n"
          "| ..*E@Bo         |\n"
          "|  + =.*..        |\n"
          "| . = . .S        |\n"
          "|  o .            |\n"
          "| .               |\n"
          "|                 |\n"
          "|                 |\n"
          "+----[SHA256]-----+");
    const auto rsa = public_key::from_line(
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDdpzG8RRO3sGqHz2JGXG6LXp8/Vzb/bmzj5065x6JFLcaMVf1up6CSuhWXCygC"
        "eRoOKud/c7NDQgGTsYKo24nIuoeCERhUSaHMUE6XmMkgAkHB8IBdM66NXg63IelMU+sCMqayIP0pKkAqVQt0z9uTF0sD1HR269pQ"
        "9sUtaF+RcowKCOeZOmPKfOaTOXvkEtYK/12rUmGmKA0eFZBRWRklpRmdzxVKcEbCJMCu4eEoXSvLM/5Kv5QLSaRPhLFHH7hnTfmn"
        "qrg7C8NHn5/CzAxmN2plpY6VlcG8ZtDeu00Bqf6DotcMCx/YRS7KwhM7yb96jSqgr/jPMVXLCcOQrTVv");
    REQUIRE(rsa.has_value());
    CHECK(randomart(*rsa)
          ==
          "+---[RSA 2048]----+\n"
          "|    . .++..      |\n"
          "|   .+=*oo*       |\n"
          "|   o=@++*o.      |\n"
          "|   .+*BBo..      |\n"
          "|    o.B*S        |\n"
          "|     ..+.o       |\n"
          "|     .o.+        |\n"
          "|    E oo .       |\n"
          "|       oo        |\n"
          "+----[SHA256]-----+");
    CHECK(randomart(public_key()).empty());
    CHECK(randomart(*rsa, "md5").ends_with("+------[MD5]------+"));
    CHECK(randomart(*rsa, "md5") != randomart(*rsa));
    CHECK(randomart(*rsa, "crc").empty());
}
