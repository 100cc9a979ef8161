#include "tests/door/random_message.h"

#include <google/protobuf/descriptor.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace salesops::door {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDeepest = 4;

int64_t RandomInteger(Tape& tape) {
  switch (tape.Choose(5)) {
    case 0:
      return tape.Choose(3);
    case 1:
      return -static_cast<int64_t>(tape.Choose(1000));
    case 2:
      return std::numeric_limits<int64_t>::max() - tape.Choose(2);
    case 3:
      return std::numeric_limits<int64_t>::min() + tape.Choose(2);
    default:
      return static_cast<int64_t>(tape.Bits());
  }
}

double RandomDouble(Tape& tape) {
  switch (tape.Choose(5)) {
    case 0:
      return tape.Choose(3);
    case 1:
      return tape.Choose(2000) / 8.0 - 100;
    case 2:
      return tape.Pick(std::vector<double>{0.1, 1e300, -5e-324, 1.7976931348623157e308});
    case 3:
      return tape.Pick(std::vector<double>{std::numeric_limits<double>::infinity(),
                                           -std::numeric_limits<double>::infinity(),
                                           std::numeric_limits<double>::quiet_NaN()});
    default: {
      const uint64_t bits = tape.Bits();
      double value;
      std::memcpy(&value, &bits, sizeof value);
      return std::isfinite(value) && value != 0 ? value : 0.5;
    }
  }
}

float RandomFloat(Tape& tape) {
  switch (tape.Choose(4)) {
    case 0:
      return static_cast<float>(tape.Choose(100)) / 4;
    case 1:
      return tape.Pick(std::vector<float>{0.1F, 3.4028235e38F, 1e-45F, -16777217.F});
    case 2:
      return tape.Pick(std::vector<float>{std::numeric_limits<float>::infinity(),
                                          std::numeric_limits<float>::quiet_NaN()});
    default: {
      const auto bits = static_cast<uint32_t>(tape.Bits());
      float value;
      std::memcpy(&value, &bits, sizeof value);
      return std::isfinite(value) && value != 0 ? value : 0.5F;
    }
  }
}

std::string RandomBytes(Tape& tape) {
  std::string bytes;
  for (uint32_t n = tape.Choose(6); n > 0; --n) bytes += static_cast<char>(tape.Choose(256));
  return bytes;
}

const FieldDescriptor* Number(const Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

void FillSecondsAndNanos(Tape& tape, Message& message, int64_t least, int64_t most, bool signs) {
  int64_t seconds = RandomInteger(tape);
  if (seconds < least || seconds > most) seconds = least + static_cast<uint64_t>(seconds) % 1000000;
  static const std::vector<int> kNanos = {0, 500'000'000, 1, 999'999'999, 123'000, 120'000'000};
  int nanos = tape.Pick(kNanos);
  if (seconds == most) nanos = 0;
  if (signs && seconds < 0) nanos = -nanos;
  if (signs && seconds == least) nanos = 0;
  const Reflection& r = *message.GetReflection();
  r.SetInt64(&message, Number(message, 1), seconds);
  r.SetInt32(&message, Number(message, 2), nanos);
}

std::string RandomName(Tape& tape) {
  // None of one letter: protobuf's own parser of JSON reads "nameAA", which is name_a_a, as
  // name_aa.
  static const std::vector<std::string> kWords = {"name", "title", "close", "by", "amount"};
  std::string name = tape.Pick(kWords);
  for (uint32_t n = tape.Choose(3); n > 0; --n) name += "_" + tape.Pick(kWords);
  return name;
}

void FillMask(Tape& tape, Message& message) {
  for (uint32_t n = tape.Choose(3); n > 0; --n) {
    std::string path = RandomName(tape);
    if (tape.Chance(3)) path += "." + RandomName(tape);
    message.GetReflection()->AddString(&message, Number(message, 1), path);
  }
}

void FillValue(Tape& tape, Message& message, int depth) {
  const Reflection& r = *message.GetReflection();
  switch (tape.Choose(depth < kDeepest ? 6 : 4)) {
    case 0:
      return r.SetEnumValue(&message, Number(message, 1), 0);
    case 1:
      return r.SetDouble(&message, Number(message, 2), tape.Choose(4000) / 16.0 - 50);
    case 2:
      return r.SetString(&message, Number(message, 3), RandomText(tape));
    case 3:
      return r.SetBool(&message, Number(message, 4), tape.Chance(2));
    case 4:
      return Fill(tape, *r.MutableMessage(&message, Number(message, 5)), depth + 1);
    default:
      return Fill(tape, *r.MutableMessage(&message, Number(message, 6)), depth + 1);
  }
}

void FillAny(Tape& tape, Message& message) {
  // A Duration of n.5 seconds: {1: n, 2: 500000000}. With both parts set, its bytes can be
  // compared.
  const Reflection& r = *message.GetReflection();
  r.SetString(&message, Number(message, 1), "type.googleapis.com/google.protobuf.Duration");
  r.SetString(
      &message, Number(message, 2),
      std::string("\x08") + static_cast<char>(1 + tape.Choose(100)) + "\x10\x80\xca\xb5\xee\x01");
}

void SetOrAdd(Tape& tape, Message& message, const FieldDescriptor& field, int depth) {
  const Reflection& r = *message.GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Fill(tape, add ? *r.AddMessage(&message, &field) : *r.MutableMessage(&message, &field),
                  depth + 1);
    case FieldDescriptor::CPPTYPE_STRING: {
      const bool bytes = field.type() == FieldDescriptor::TYPE_BYTES;
      std::string value = bytes ? RandomBytes(tape) : RandomText(tape);
      return add ? r.AddString(&message, &field, value) : r.SetString(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool value = !tape.Chance(3);
      return add ? r.AddBool(&message, &field, value) : r.SetBool(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* type = field.enum_type();
      int value = type->value(tape.Choose(type->value_count()))->number();
      if (type->full_name() != "google.protobuf.NullValue" && tape.Chance(8)) value = 4711;
      return add ? r.AddEnumValue(&message, &field, value)
                 : r.SetEnumValue(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = static_cast<int32_t>(RandomInteger(tape));
      return add ? r.AddInt32(&message, &field, value) : r.SetInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<uint32_t>(RandomInteger(tape));
      return add ? r.AddUInt32(&message, &field, value) : r.SetUInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t value = RandomInteger(tape);
      return add ? r.AddInt64(&message, &field, value) : r.SetInt64(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto value = static_cast<uint64_t>(RandomInteger(tape));
      return add ? r.AddUInt64(&message, &field, value) : r.SetUInt64(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value = RandomDouble(tape);
      return add ? r.AddDouble(&message, &field, value) : r.SetDouble(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const float value = RandomFloat(tape);
      return add ? r.AddFloat(&message, &field, value) : r.SetFloat(&message, &field, value);
    }
  }
}

void FillMap(Tape& tape, Message& message, const FieldDescriptor& field, int depth) {
  const Reflection& r = *message.GetReflection();
  if (r.FieldSize(message, &field) > 0) return;  // keys must differ: one entry
  Message* entry = r.AddMessage(&message, &field);
  for (int number : {1, 2}) SetOrAdd(tape, *entry, *Number(*entry, number), depth);
}

void FillFields(Tape& tape, Message& message, int depth) {
  const Descriptor& type = *message.GetDescriptor();
  if (type.field_count() == 0) return;
  for (uint32_t n = tape.Choose(7); n > 0; --n) {
    const FieldDescriptor& field = *type.field(tape.Choose(type.field_count()));
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth >= kDeepest) continue;
    if (field.is_map()) {
      FillMap(tape, message, field, depth);
    } else {
      SetOrAdd(tape, message, field, depth);
    }
  }
}

}  // namespace

std::string RandomText(Tape& tape) {
  static const std::vector<std::string> kCharacters = {
      "a",    "Z",      "7",      "b",      "\"",         "\\", "/",  "%",
      "+",    "&",      "=",      "?",      "#",          ":",  "\n", "\x01",
      "\x7f", "\u00e9", "\u5546", ".",      ",",          ";",  " ",  "\t",
      "2F",   "\r\n",   "{",      "\u2028", "\U0001F600", "'",  "<",  std::string(1, '\0')};
  std::string text;
  for (uint32_t n = tape.Choose(6); n > 0; --n) text += tape.Pick(kCharacters);
  return text;
}

void Fill(Tape& tape, Message& message, int depth) {
  switch (message.GetDescriptor()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return FillSecondsAndNanos(tape, message, -62'135'596'800, 253'402'300'799, false);
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return FillSecondsAndNanos(tape, message, -315'576'000'000, 315'576'000'000, true);
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return FillMask(tape, message);
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return FillValue(tape, message, depth);
    case Descriptor::WELLKNOWNTYPE_ANY:
      return FillAny(tape, message);
    default:
      return FillFields(tape, message, depth);
  }
}

}  // namespace salesops::door
