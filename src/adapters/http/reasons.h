#pragma once

namespace almanac::adapters::http {

// Reasons of the transport that hold no part of an address: messages about secret links repeat them as they are.
inline constexpr const char* kCutOff = "the answer is cut off: the connection broke before all of it had come";
inline constexpr const char* kNotHttp = "the answer is not HTTP";
inline constexpr const char* kPackedDamaged = "the packed answer is damaged";
inline constexpr const char* kPackedCutOff = "the packed answer is cut off";
inline constexpr const char* kPackedTooLong = "the packed answer holds more than is allowed: it is longer than allowed";
// followed by " (br) that was not asked for"
inline constexpr const char* kOtherCoding = "the answer is sent in an encoding";

}  // namespace almanac::adapters::http
