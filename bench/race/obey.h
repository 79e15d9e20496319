#pragma once

#include <chrono>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>

namespace race {

inline double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

template <typename Contender>
double seconds_per_call(Contender& contender, std::size_t calls) {
  const double begin = now();
  for (std::size_t i = 0; i < calls; ++i) contender.predict();
  return (now() - begin) / static_cast<double>(calls);
}

/// Obeys standard input as contender.py does: `answer FILE`, `run GROUPS CALLS`. A contender can
/// `predict` its rows, and `write` the answers to a .npy file.
template <typename Contender>
void obey(Contender& contender) {
  std::cout << std::setprecision(std::numeric_limits<double>::digits10) << "{}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "answer") {
      std::string file;
      words >> file;
      contender.predict();
      contender.write(file);
      std::cout << "{}" << std::endl;
    } else {
      std::size_t groups = 0;
      std::size_t calls = 0;
      words >> groups >> calls;
      std::cout << '[';
      for (std::size_t i = 0; i < groups; ++i)
        std::cout << (i == 0 ? "" : ", ") << seconds_per_call(contender, calls);
      std::cout << ']' << std::endl;
    }
  }
}

}  // namespace race
