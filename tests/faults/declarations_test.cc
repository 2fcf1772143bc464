// More than forty wrong declarations of faults, each told with its place and what to write instead:
// tests/faults/cases/wrong.expected.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/faults/kit.h"
#include "tests/golden_file.h"

namespace quorumlab::faults {
namespace {

const std::vector<std::string> kWrong = {
    "kind = \"crsh\"\nat = \"1s\"\non = \"n1\"",
    "at = \"1s\"\non = \"n1\"",
    "kind = \"crash\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"",
    "kind = \"crash\"\nat = \"1s\"\non = \"n9\"",
    "kind = \"crash\"\nat = \"1s\"\non = \"leeder\"",
    "kind = \"crash\"\nat = \"1s\"\non = 3",
    "kind = \"crash\"\nat = \"soon\"\non = \"n1\"",
    "kind = \"crash\"\nat = 5\non = \"n1\"",
    "kind = \"crash\"\nat = \"9s\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"-1s\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\nfor = \"0s\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\nfor = \"unifrom(1s, 2s)\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\nwhen = { event = \"elected\" }\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\nfor = \"1s\"\nuntil = \"up(n1)\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\ntimes = 3\non = \"n1\"",
    "kind = \"crash\"\nevery = \"0s\"\non = \"n1\"",
    "kind = \"crash\"\nevery = \"1s\"\ntimes = 0\non = \"n1\"",
    "kind = \"crash\"\nwhen = {}\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"elcted\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"befor_sync\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"apply\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { message = \"AppendEntries\" }\non = \"n1\"",
    "kind = \"message_loss\"\nat = \"1s\"\nmessages = [\"Put\", \"Apend\"]",
    "kind = \"crash\"\nwhen = { event = \"a\", message = \"b\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"append\", nth = 0 }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"append\", from = \"n1\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { message = \"Append\", on = \"n1\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { message = \"Append\", from = \"m1\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { message = \"Append\", part = \"answers\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"append\", on = \"n7\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { event = \"append\", afer = \"1s\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { during = \"nap\" }\non = \"n1\"",
    "kind = \"crash\"\nname = \"nap\"\nwhen = { during = \"nap\" }\non = \"n1\"",
    "kind = \"crash\"\nname = \"a\"\nat = \"1s\"\non = \"n1\"\n\n[[fault]]\nkind = \"crash\"\n"
    "name = \"a\"\nat = \"2s\"\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"role(n2) = leader\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"role(n2) == leadr\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"comit(n2) >= 10\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"commit(n8) >= 10\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"commit(followers) >= 10\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"commit >= 10\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"role(n2) > 1\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"active(split)\" }\non = \"n1\"",
    "kind = \"crash\"\nwhen = { state = \"count(replicas, commit) > 1\" }\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\nuntil = \"up(n1\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\nuntil = \"commit(n1) - up(n1) > 3\"\non = \"n1\"",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\nchance = 0.5",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\nimage = -1",
    "kind = \"upgrade\"\nat = \"1s\"\non = \"n1\"\nset = {}",
    "kind = \"upgrade\"\nat = \"1s\"\non = \"n1\"\nset = { hartbeat = \"20ms\" }",
    "kind = \"upgrade\"\nat = \"1s\"\non = \"n1\"\nset = { heartbeat = 20 }",
    "kind = \"upgrade\"\nat = \"1s\"\non = \"n1\"\nset = { leader = \"n7\" }",
    "kind = \"upgrade\"\nat = \"1s\"\non = \"n1\"\nset = { model = \"raft\" }",
    "kind = \"client_timeout\"\nat = \"1s\"\non = \"leader\"",
    "kind = \"client_retry\"\nat = \"1s\"\nafter = \"0s\"",
    "kind = \"client_cancel\"\nat = \"1s\"\nchance = 2",
    "kind = \"driver_lies\"\nat = \"1s\"\nabout = \"everything\"",
    "kind = \"stale_routing\"\nat = \"1s\"\nto = \"n4\"",
    "kind = \"session_loss\"\nat = \"1s\"\non = \"c3\"",
    "kind = \"partition\"\nat = \"1s\"\nsplit = [[\"n1\"]]",
    "kind = \"partition\"\nat = \"1s\"\nsplit = [[\"n1\"], [\"n2\", \"nn3\"]]",
    "kind = \"cut_links\"\nat = \"1s\"\nlinks = [[\"n1\", \"n2\", \"n3\"]]",
    "kind = \"partition_shape\"\nat = \"1s\"\nshape = \"brigde\"",
    "kind = \"isolate\"\nat = \"1s\"\non = \"n1\"\ndirection = \"inwards\"",
    "kind = \"message_loss\"\nat = \"1s\"\nchance = 1.5",
    "kind = \"message_delay\"\nat = \"1s\"",
    "kind = \"message\"\nat = \"1s\"\ndo = \"delay\"",
    "kind = \"message\"\nat = \"1s\"\ndo = \"drop\"\nby = \"1s\"",
    "kind = \"slow_link\"\nat = \"1s\"\nbandwidth = \"fast\"",
    "kind = \"clock_drift\"\nat = \"1s\"\non = \"n1\"\nrate = \"5 furlongs\"",
    "kind = \"leap_second\"\nat = \"1s\"\non = \"n1\"\nsmear = \"3d\"",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\n\n[random_faults]\nkinds = { crush = 1 }",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\n\n[random_faults]\nkinds = { crash = 0 }",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\n\n[random_faults]\nkinds = { crash = 1 }\n"
    "from = \"8s\"",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\n\n[random_faults]\nkinds = { crash = 1 }\n"
    "from = \"3s\"\nuntil = \"2s\"",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\n\n[random_faults]\nkinds = { crash = 1 }\n"
    "sites = { events = [\"restrt\"], messages = [\"Append\", \"Apnd\"] }",
    "kind = \"crash\"\nat = \"1s\"\non = \"n1\"\n\n[random_faults]\nkinds = { crash = 1 }\n"
    "sites = { armd = 0.5 }",
    "kind = \"crash\"\nat = \"500ms\"\non = \"n1\"\n\n[phases]\nwarm_up = \"1s\"\n"
    "settle = \"1s\"\nquiet = \"1s\"",
    "kind = \"crash\"\nat = \"4s\"\non = \"n1\"\n\n[phases]\nwarm_up = \"1s\"\n"
    "settle = \"1s\"\nquiet = \"1s\"",
    "kind = \"crash\"\nat = \"2s\"\non = \"n1\"\n\n[phases]\nwarm_up = \"2s\"\n"
    "settle = \"2s\"\nquiet = \"1s\"",
};

TEST(WrongDeclarations, AreToldAsInTheGoldenFile) {
  std::string all;
  for (const std::string& wrong : kWrong) {
    const std::string told = problems_of(wrong);
    EXPECT_NE(told, "") << wrong;
    all += told + "\n";
  }
  EXPECT_GE(kWrong.size(), 40U);
  EXPECT_EQ(tests::golden_file("tests/faults/cases/wrong.expected", all), all);
}

}  // namespace
}  // namespace quorumlab::faults
