#include "profile/listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "profile/record.h"
#include "weir/error.h"
#include "weir/profile.h"

namespace weir::profile {
namespace {

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::path(::testing::TempDir()) / (name + std::to_string(getpid()));
}

/// What a port answers to a request.
std::string get(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const FileDescriptor socket = FileDescriptor::owned(::socket(AF_INET, SOCK_STREAM, 0));
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "";
  constexpr std::string_view kRequest = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (write(socket.get(), kRequest.data(), kRequest.size()) < 0) return "";
  std::string answer;
  std::array<char, 4096> part{};
  for (ssize_t count; (count = read(socket.get(), part.data(), part.size())) > 0;) {
    answer.append(part.data(), static_cast<std::size_t>(count));
  }
  return answer;
}

TEST(Listener, AnswersMetricsOverHttp) {
  const Profile profile(temporary("metrics.weirprof"));
  const std::uint16_t port = profile.serve_metrics(0);
  EXPECT_GT(port, 0);
  for (int i = 0; i < 3; ++i) {
    const std::string answer = get(port);
    EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, ::testing::HasSubstr("weir_steps_total 0\n"));
  }
  profile.finish();
  EXPECT_EQ(get(port), "");
  std::filesystem::remove(profile.path());
}

TEST(Listener, HandsTheRecordOverASocket) {
  const Profile profile(temporary("socket.weirprof"));
  const std::filesystem::path socket = temporary("socket");
  profile.listen(socket);
  RecordFollower follower(receive_file(socket));
  EXPECT_EQ(follower.process(), static_cast<std::uint32_t>(getpid()));
  EXPECT_THROW(profile.listen(socket), Error) << "somebody listens there already";
  profile.finish();
  EXPECT_FALSE(std::filesystem::exists(socket));
  EXPECT_THROW(receive_file(socket), Error);
  std::filesystem::remove(profile.path());
}

TEST(Listener, TakesOverASocketThatNobodyListensOn) {
  const std::filesystem::path path = temporary("left");
  {
    Listener listener = Listener::on_socket(path, [](const FileDescriptor&) {});
    std::filesystem::create_hard_link(path, temporary("kept"));
  }
  std::filesystem::rename(temporary("kept"), path);
  ASSERT_TRUE(std::filesystem::is_socket(path));
  EXPECT_NO_THROW(Listener::on_socket(path, [](const FileDescriptor&) {}));
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace weir::profile
