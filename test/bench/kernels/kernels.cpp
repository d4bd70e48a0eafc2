// What an operator of our own could reach on one thread: one step of grouped-query attention over an int8 cache that reads every cached
// row once for all query heads of its group, layer after layer so that no cache holds them; and beside it how fast memory can be read at
// all. Compiled and run by decode-profile.ts; never shipped.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <immintrin.h>
#include <vector>

static const int headSize = 64, kvHeads = 3, group = 3;
// Rows that are asked for before they are needed.
static const int ahead = 24;

// q [kvHeads][group][64] with the keys' scales in it; k, v [kvHeads][past][64]; out [kvHeads][group][64].
static void attention(const float* q, const int8_t* k, const int8_t* v, int past, float* scores, float* out) {
  for (int head = 0; head < kvHeads; head++) {
    const int8_t* keys = k + (size_t)head * past * headSize;
    const int8_t* values = v + (size_t)head * past * headSize;
    const float* queries = q + head * group * headSize;
    float most[group];
    for (float& m : most) m = -1e30f;
    for (int t = 0; t < past; t++) {
      _mm_prefetch((const char*)(keys + (t + ahead) * headSize), _MM_HINT_T0);
      __m512 row[4];
      for (int i = 0; i < 4; i++)
        row[i] = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)(keys + t * headSize + 16 * i))));
      for (int h = 0; h < group; h++) {
        __m512 sum = _mm512_mul_ps(row[0], _mm512_loadu_ps(queries + h * headSize));
        for (int i = 1; i < 4; i++) sum = _mm512_fmadd_ps(row[i], _mm512_loadu_ps(queries + h * headSize + 16 * i), sum);
        const float score = _mm512_reduce_add_ps(sum);
        scores[h * past + t] = score;
        if (score > most[h]) most[h] = score;
      }
    }
    float total[group] = {};
    for (int h = 0; h < group; h++)
      for (int t = 0; t < past; t++) total[h] += scores[h * past + t] = expf(scores[h * past + t] - most[h]);
    __m512 sums[group][4];
    for (auto& sum : sums)
      for (auto& part : sum) part = _mm512_setzero_ps();
    for (int t = 0; t < past; t++) {
      _mm_prefetch((const char*)(values + (t + ahead) * headSize), _MM_HINT_T0);
      for (int i = 0; i < 4; i++) {
        const __m512 row =
            _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i*)(values + t * headSize + 16 * i))));
        for (int h = 0; h < group; h++) sums[h][i] = _mm512_fmadd_ps(row, _mm512_set1_ps(scores[h * past + t]), sums[h][i]);
      }
    }
    for (int h = 0; h < group; h++)
      for (int i = 0; i < 4; i++)
        _mm512_storeu_ps(out + (head * group + h) * headSize + 16 * i, _mm512_div_ps(sums[h][i], _mm512_set1_ps(total[h])));
  }
}

// Bytes that one thread can read from memory.
static int64_t readAll(const int8_t* bytes, size_t length) {
  __m512i a = _mm512_setzero_si512(), b = a;
  for (size_t i = 0; i + 128 <= length; i += 128) {
    a = _mm512_add_epi64(a, _mm512_loadu_si512(bytes + i));
    b = _mm512_add_epi64(b, _mm512_loadu_si512(bytes + i + 64));
  }
  return _mm512_reduce_add_epi64(_mm512_add_epi64(a, b));
}

template <class Work>
static double bestMicroseconds(int copies, Work work) {
  double best = 1e30;
  for (int round = 0; round < 15; round++) {
    const auto from = std::chrono::steady_clock::now();
    for (int i = 0; i < copies; i++) work(i);
    const double us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - from).count() / copies;
    if (us < best) best = us;
  }
  return best;
}

int main() {
  const int layers = 30;
  float check = 0;
  printf("{");
  for (int past : {128, 1024, 4096}) {
    const size_t size = (size_t)kvHeads * past * headSize;
    std::vector<std::vector<int8_t>> k(layers, std::vector<int8_t>(size)), v = k;
    for (auto* side : {&k, &v})
      for (auto& layer : *side)
        for (auto& x : layer) x = (int8_t)(rand() % 255 - 127);
    std::vector<float> q(kvHeads * group * headSize, 0.001f), scores(group * past), out(q.size());
    const double us = bestMicroseconds(layers, [&](int i) {
      attention(q.data(), k[i].data(), v[i].data(), past, scores.data(), out.data());
      check += out[5];
    });
    printf("\"attention-%d\":%.1f,", past, us);
  }
  const std::vector<int8_t> memory(96 << 20, 1);
  int64_t sum = 0;
  const double us = bestMicroseconds(1, [&](int) { sum += readAll(memory.data(), memory.size()); });
  printf("\"gigabytesPerSecond\":%.1f,\"check\":%d}\n", memory.size() / us / 1000, std::isfinite(check) && sum != 0);
}
