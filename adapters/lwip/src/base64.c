#include "adapter.h"

#include <stdlib.h>
#include <string.h>

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *from, size_t length) {
  const uint8_t *octets = from;
  char *text = malloc((length + 2) / 3 * 4 + 1);
  if (text == NULL) {
    abort();
  }
  char *to = text;
  for (size_t i = 0; i < length; i += 3) {
    size_t left = length - i;
    uint32_t group = (uint32_t)octets[i] << 16 | (left > 1 ? (uint32_t)octets[i + 1] << 8 : 0) | (left > 2 ? octets[i + 2] : 0);
    *to++ = DIGITS[group >> 18];
    *to++ = DIGITS[group >> 12 & 63];
    *to++ = left > 1 ? DIGITS[group >> 6 & 63] : '=';
    *to++ = left > 2 ? DIGITS[group & 63] : '=';
  }
  *to = '\0';
  return text;
}

uint8_t *base64_decode(const char *text, size_t *length) {
  size_t digits = strlen(text);
  if (digits % 4 != 0) {
    return NULL;
  }
  while (digits > 0 && text[digits - 1] == '=') {
    digits--;
  }
  uint8_t *octets = malloc(digits / 4 * 3 + 3);
  if (octets == NULL) {
    abort();
  }
  size_t count = 0;
  uint32_t bits = 0;
  int held = 0;
  for (size_t i = 0; i < digits; i++) {
    const char *digit = text[i] == '\0' ? NULL : strchr(DIGITS, text[i]);
    if (digit == NULL) {
      free(octets);
      return NULL;
    }
    bits = bits << 6 | (uint32_t)(digit - DIGITS);
    held += 6;
    if (held >= 8) {
      held -= 8;
      octets[count++] = (uint8_t)(bits >> held);
    }
  }
  *length = count;
  return octets;
}
