// Where TensorFlow's server listens. It knows no better than every address of the machine, which is more than a server
// that asks nobody for a password should: while it starts, it is held to the one address that was asked for.
#pragma once
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace naive_diffusion {

// The first address that `host:port` names; an IPv6 host stands in brackets. Throws where it names none, or all of the
// machine's: `0x0` and `::ffff:0.0.0.0` are other ways to write 0.0.0.0, and a name may stand for it as well.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  explicit Address(const std::string& text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error(text + " has no port");
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int fault = getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found);
    if (fault != 0) throw std::runtime_error(host + " is not known here: " + gai_strerror(fault));
    std::memcpy(&storage, found->ai_addr, found->ai_addrlen);
    length = found->ai_addrlen;
    freeaddrinfo(found);
    if (isEverywhere()) throw std::runtime_error(host + " stands for all addresses of this machine");
  }

 private:
  bool isEverywhere() const {
    if (storage.ss_family == AF_INET)
      return reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr == htonl(INADDR_ANY);
    if (storage.ss_family != AF_INET6) return false;
    const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
    const uint8_t nowhere[4] = {0, 0, 0, 0};
    const bool isMapped = IN6_IS_ADDR_V4MAPPED(&address) && std::memcmp(&address.s6_addr[12], nowhere, 4) == 0;
    return isMapped || IN6_IS_ADDR_UNSPECIFIED(&address);
  }
};

// As long as this lives, TensorFlow's libraries bind the port of an address to that address only. One at a time.
class ListenOnlyAt {
 public:
  // Throws where the address cannot be had, or this cannot be brought about: nothing must listen there then.
  explicit ListenOnlyAt(const Address& address);
  ~ListenOnlyAt();
  ListenOnlyAt(const ListenOnlyAt&) = delete;
  ListenOnlyAt& operator=(const ListenOnlyAt&) = delete;

  // Whether the port has been bound, and nothing but the address with it.
  bool wasBound() const;
};

}  // namespace naive_diffusion
