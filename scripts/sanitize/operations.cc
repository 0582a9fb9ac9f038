// Runs the operations of lib/native on random shapes, empty ones included, and with allocations that fail, and compares
// them with loops that follow the definitions. scripts/sanitize/run.mjs builds it with sanitizers and runs it.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <thread>

#include "tensorflow.h"

namespace {

using Dims = std::vector<int64_t>;

std::mt19937 generator(1);

int64_t any(std::initializer_list<int64_t> list) { return list.begin()[generator() % list.size()]; }
int64_t size() { return any({0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 13, 16, 17, 33}); }
int64_t few() { return any({0, 1, 1, 1, 2, 2, 3, 5}); }

int64_t countOf(const Dims& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= d;
  return n;
}

Tensor zeros(const Dims& dims) { return {dims, std::vector<float>(countOf(dims))}; }

Tensor drawn(const Dims& dims, float mean = 0) {
  std::normal_distribution<float> normal(mean);
  Tensor tensor = zeros(dims);
  for (float& value : tensor.values) value = normal(generator);
  return tensor;
}

// A call, and what it should give; nothing where it should be refused.
struct Case {
  std::string name;
  Attributes attributes;
  std::vector<Tensor> inputs;
  std::vector<Tensor> expected;
  float terms = 0.1f;  // how large the terms are at least of which the results are sums and differences
};

std::string describe(const Case& call) {
  std::string text = call.name;
  for (const auto& [name, value] : call.attributes) text += " " + name + "=" + std::to_string(value);
  for (const Tensor& input : call.inputs) {
    text += " [";
    for (int64_t d : input.dims) text += std::to_string(d) + " ";
    text += "]";
  }
  return text;
}

[[noreturn]] void wrong(const Case& call, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", describe(call).c_str(), what.c_str());
  std::exit(1);
}

void compare(const Case& call, const Outcome& outcome) {
  if (outcome.outputs.size() != call.expected.size())
    wrong(call, "has " + std::to_string(outcome.outputs.size()) + " outputs");
  for (size_t i = 0; i < call.expected.size(); i++) {
    const Tensor &got = outcome.outputs[i], &expected = call.expected[i];
    if (got.dims != expected.dims) wrong(call, "output " + std::to_string(i) + " has another shape");
    float largest = call.terms;
    for (float value : expected.values) largest = std::max(largest, std::fabs(value));
    for (size_t j = 0; j < got.values.size(); j++) {
      if (!(std::fabs(got.values[j] - expected.values[j]) <= 1e-4f * largest)) {
        wrong(call, "output " + std::to_string(i) + " has " + std::to_string(got.values[j]) + " and not " +
                        std::to_string(expected.values[j]));
      }
    }
  }
}

void check(const Case& call) {
  const Outcome outcome = run(call.name, call.attributes, call.inputs);
  if (call.expected.empty()) {
    if (outcome.code != TF_INVALID_ARGUMENT || outcome.message.empty()) wrong(call, "is not refused");
    return;
  }
  if (outcome.code != TF_OK) wrong(call, "is refused: " + outcome.message);
  compare(call, outcome);
}

// Lets each allocation fail in turn: the call must then end in an error, or do without.
void checkWithoutMemory(const Case& call) {
  for (int64_t allocation = 0;; allocation++) {
    Outcome outcome;
    allocationFailed = false;
    std::thread([&] {  // one that keeps no memory from earlier calls
      allocationsLeft = allocation;
      outcome = run(call.name, call.attributes, call.inputs);
    }).join();
    if (!allocationFailed) return check(call);
    if (outcome.code == TF_OK) compare(call, outcome);
    else if (outcome.code != TF_RESOURCE_EXHAUSTED) wrong(call, "without memory: " + outcome.message);
  }
}

// Calls meet(in, place, out) for all pixels of a convolution, with zeros around the images, that meet a place in the
// filter.
struct Shape {
  int64_t images, height, width, inputs, outputs, tall, wide, stride;
  int64_t down() const { return (height + stride - 1) / stride; }
  int64_t across() const { return (width + stride - 1) / stride; }
  void each(const std::function<void(int64_t in, int64_t place, int64_t out)>& meet) const {
    const int64_t above = std::max<int64_t>(0, (down() - 1) * stride + tall - height) / 2,
                  before = std::max<int64_t>(0, (across() - 1) * stride + wide - width) / 2;
    for (int64_t b = 0; b < images; b++) {
      for (int64_t i = 0; i < down(); i++) {
        for (int64_t j = 0; j < across(); j++) {
          for (int64_t u = 0; u < tall; u++) {
            for (int64_t v = 0; v < wide; v++) {
              const int64_t y = i * stride - above + u, x = j * stride - before + v;
              if (y >= 0 && y < height && x >= 0 && x < width)
                meet((b * height + y) * width + x, u * wide + v, (b * down() + i) * across() + j);
            }
          }
        }
      }
    }
  }
  Dims x() const { return {images, height, width, inputs}; }
  Dims filter() const { return {tall, wide, inputs, outputs}; }
  Dims y() const { return {images, down(), across(), outputs}; }
  bool isEmpty() const { return inputs == 0 || outputs == 0; }
};

Tensor convolved(const Shape& s, const Tensor& x, const Tensor& filter) {
  Tensor y = zeros(s.y());
  s.each([&](int64_t in, int64_t place, int64_t out) {
    for (int64_t c = 0; c < s.inputs; c++) {
      for (int64_t k = 0; k < s.outputs; k++)
        y.values[out * s.outputs + k] +=
            x.values[in * s.inputs + c] * filter.values[(place * s.inputs + c) * s.outputs + k];
    }
  });
  return y;
}

Tensor inputGradient(const Shape& s, const Tensor& filter, const Tensor& dy) {
  Tensor dx = zeros(s.x());
  s.each([&](int64_t in, int64_t place, int64_t out) {
    for (int64_t c = 0; c < s.inputs; c++) {
      for (int64_t k = 0; k < s.outputs; k++)
        dx.values[in * s.inputs + c] +=
            dy.values[out * s.outputs + k] * filter.values[(place * s.inputs + c) * s.outputs + k];
    }
  });
  return dx;
}

Tensor filterGradient(const Shape& s, const Tensor& x, const Tensor& dy) {
  Tensor df = zeros(s.filter());
  s.each([&](int64_t in, int64_t place, int64_t out) {
    for (int64_t c = 0; c < s.inputs; c++) {
      for (int64_t k = 0; k < s.outputs; k++)
        df.values[(place * s.inputs + c) * s.outputs + k] +=
            dy.values[out * s.outputs + k] * x.values[in * s.inputs + c];
    }
  });
  return df;
}

// Three times: the small loops, forwards and both ways back.
std::vector<Case> smallConvolutions() {
  const int64_t side = any({0, 1, 2, 3, 3, 4, 5});
  const Shape s{few(), size(), size(), size() % 9, size() % 9, side, any({side, side, 1, 2}), any({1, 1, 2})};
  const Tensor x = drawn(s.x()), filter = drawn(s.filter()), dy = drawn(s.y());
  const bool refused = s.isEmpty() || countOf(s.filter()) == 0;
  const auto expect = [&](const std::function<Tensor()>& result) {
    return refused ? std::vector<Tensor>{} : std::vector<Tensor>{result()};
  };
  return {
      {"NaiveDiffusionSmallConv", {{"stride", s.stride}, {"height", 0}, {"width", 0}}, {x, filter},
       expect([&] { return convolved(s, x, filter); })},
      {"NaiveDiffusionSmallConvInputGrad",
       {{"stride", s.stride}, {"height", s.height}, {"width", s.width}},
       {filter, dy},
       expect([&] { return inputGradient(s, filter, dy); })},
      {"NaiveDiffusionSmallConvFilterGrad", {{"stride", s.stride}, {"height", s.tall}, {"width", s.wide}}, {x, dy},
       expect([&] { return filterGradient(s, x, dy); })},
  };
}

Tensor finished(const Tensor& y, const Tensor& parts, const Tensor& level, bool relu) {
  Tensor out = y;
  const int64_t images = y.dims[0], each = images ? countOf(y.dims) / images : 0, channels = y.dims.back();
  for (int64_t i = 0; i < countOf(y.dims); i++) {
    if (parts.dims.size() == 1) {
      if (!parts.values.empty()) out.values[i] += parts.values[i % channels];
    } else {
      out.values[i] += parts.values[i % each];
      if (parts.dims[0] == 2) out.values[i] += level.values[i / each] * parts.values[each + i % each];
    }
    if (relu) out.values[i] = std::max(0.0f, out.values[i]);
  }
  return out;
}

// Two: a filter made ready, and a convolution with it. It is held to what the operation that does both should give.
std::vector<Case> prepared(const Case& whole, const Tensor& filter, int64_t outputs, const std::string& way, Attributes more) {
  const Outcome made = run(whole.name + "Filter", {{way, whole.attributes.at(way)}}, {filter});
  if (made.code != TF_OK) return {{whole.name + "Filter", {{way, whole.attributes.at(way)}}, {filter}, {}}};
  more["relu"] = whole.attributes.at("relu");
  more["outputs"] = outputs;
  return {{whole.name + "Filter", {{way, whole.attributes.at(way)}}, {filter}, made.outputs},
          {whole.name + "Prepared", more, {whole.inputs[0], made.outputs[0], whole.inputs[2], whole.inputs[3]}, whole.expected}};
}

std::vector<Case> quickConvolutions() {
  const Shape s{few(), size(), size(), size(), size(), 3, 3, 1};
  const Tensor x = drawn(s.x()), filter = drawn(s.filter()), dy = drawn(s.y()), level = drawn({s.images}),
               nothing = zeros({0});
  const int64_t relu = any({0, 1});
  const Dims image{any({1, 2}), s.height, s.width, s.outputs};
  const Tensor parts = any({0, 1}) ? drawn(image) : any({0, 1}) ? drawn({s.outputs}) : nothing;
  const auto expect = [&](const std::function<Tensor()>& result) {
    return s.isEmpty() ? std::vector<Tensor>{} : std::vector<Tensor>{result()};
  };
  std::vector<Case> cases = {
      {"NaiveDiffusionConv3x3", {{"relu", relu}, {"turned", 0}}, {x, filter, parts, level}, expect([&] {
         return countOf(parts.dims) ? finished(convolved(s, x, filter), parts, level, relu)
                                    : finished(convolved(s, x, filter), nothing, level, relu);
       })},
      {"NaiveDiffusionConv3x3", {{"relu", 0}, {"turned", 1}}, {dy, filter, nothing, nothing},
       expect([&] { return inputGradient(s, filter, dy); })},
      {"NaiveDiffusionConv3x3FilterGrad", {}, {x, dy}, expect([&] { return filterGradient(s, x, dy); })},
  };
  for (int turned : {0, 1})
    for (Case& call : prepared(cases[turned], filter, turned ? s.inputs : s.outputs, "turned", {})) cases.push_back(call);
  return cases;
}

// From large images to small ones and back, and the filter's gradient. Odd sizes are refused.
std::vector<Case> convolutionsInStepsOfTwo() {
  const int64_t side = any({3, 4, 4, 5});
  const Shape s{few(), 2 * size() + any({0, 0, 0, 0, 1}), 2 * size(), size(), size(), side, side, 2};
  const Tensor x = drawn(s.x()), filter = drawn(s.filter()), dy = drawn(s.y()), level = drawn({s.images}),
               nothing = zeros({0});
  const int64_t relu = any({0, 1});
  const bool odd = s.height % 2 == 1, refused = s.isEmpty() || side == 5;
  const auto parts = [&](const Tensor& result) {
    const Dims image{any({1, 2}), result.dims[1], result.dims[2], result.dims[3]};
    return any({0, 1}) ? drawn(image) : any({0, 1}) ? drawn({result.dims[3]}) : nothing;
  };
  const Tensor small = parts(dy), large = parts(x);
  const auto expect = [&](bool isRefused, const std::function<Tensor()>& result) {
    return isRefused ? std::vector<Tensor>{} : std::vector<Tensor>{result()};
  };
  const Shape grown{s.images, 2 * s.down(), 2 * s.across(), s.inputs, s.outputs, side, side, 2};
  std::vector<Case> cases = {
      {"NaiveDiffusionConvStride2", {{"relu", relu}, {"transposed", 0}}, {x, filter, small, level},
       expect(odd || refused, [&] { return finished(convolved(s, x, filter), small, level, relu); })},
      {"NaiveDiffusionConvStride2", {{"relu", relu}, {"transposed", 1}}, {dy, filter, odd ? nothing : large, level},
       expect(refused, [&] {
         return finished(inputGradient(grown, filter, dy), odd ? nothing : large, level, relu);
       })},
      {"NaiveDiffusionConvStride2FilterGrad", {{"side", side}}, {x, dy},
       expect(odd || refused, [&] { return filterGradient(s, x, dy); })},
  };
  for (int transposed : {0, 1})
    for (Case& call : prepared(cases[transposed], filter, transposed ? s.inputs : s.outputs, "transposed",
                               {{"transposed", transposed}, {"side", side}}))
      cases.push_back(call);
  return cases;
}

std::vector<Case> additions() {
  const Dims shape{few(), size(), size(), size()};
  const int64_t count = any({1, 2}), relu = any({0, 1}), each = shape[1] * shape[2] * shape[3];
  const Tensor x = drawn(shape), parts = drawn({count, shape[1], shape[2], shape[3]}), level = drawn({shape[0]}),
               dy = drawn(shape);
  const Tensor y = finished(x, parts, level, true);
  Tensor dx = dy, dparts = zeros(parts.dims);
  for (int64_t i = 0; i < countOf(shape); i++) {
    if (!(y.values[i] > 0)) dx.values[i] = 0;
    dparts.values[i % each] += dx.values[i];
    if (count == 2) dparts.values[each + i % each] += level.values[i / each] * dx.values[i];
  }
  return {
      {"NaiveDiffusionAdd", {{"relu", relu}}, {x, parts, level}, {finished(x, parts, level, relu)}},
      {"NaiveDiffusionAddReluGrad", {{"parts", count}}, {dy, y, level}, {dx, dparts}},
  };
}

std::vector<Case> normalizations() {
  const Dims shape{few(), size(), size(), size()};
  const int64_t images = shape[0], pixels = shape[1] * shape[2], channels = shape[3];
  int64_t groups = any({1, 2, 3, 4, 8});
  if (any({0, 1}) && channels % groups != 0) groups = 1;
  const int64_t silu = any({0, 1}), rows = any({1, images});
  const bool refused = channels == 0 || channels % groups != 0;
  const float mean = any({0, 0, 10, 1000});
  const Tensor x = drawn(shape, mean), scale = drawn({rows, channels}), offset = drawn({rows, channels}),
               dy = drawn(shape);
  const Attributes attributes{{"groups", groups}, {"silu", silu}};
  const Dims perGroup{images, groups, 1}, perChannel{images, channels};
  if (refused) {
    return {{"NaiveDiffusionGroupNorm", attributes, {x, scale, offset, {{}, {1e-5f}}}, {}},
            {"NaiveDiffusionGroupNormGrad", attributes, {dy, x, scale, offset, zeros(perGroup), zeros(perGroup)}, {}}};
  }
  Tensor y = zeros(shape), mu = zeros(perGroup), r = zeros(perGroup), dx = zeros(shape), dscale = zeros(perChannel),
         doffset = zeros(perChannel);
  const int64_t each = channels / groups;
  const double n = std::max<double>(1, pixels * each);
  for (int64_t b = 0; b < images; b++) {
    for (int64_t g = 0; g < groups; g++) {
      const auto forAll = [&](const std::function<void(int64_t, int64_t)>& act) {
        for (int64_t i = 0; i < pixels; i++) {
          for (int64_t c = g * each; c < (g + 1) * each; c++) act((b * pixels + i) * channels + c, c);
        }
      };
      double sum = 0, squares = 0;
      forAll([&](int64_t i, int64_t) { sum += x.values[i]; });
      const float middle = static_cast<float>(sum / n);
      forAll([&](int64_t i, int64_t) { squares += (x.values[i] - double(middle)) * (x.values[i] - double(middle)); });
      const double rate = 1 / std::sqrt(squares / n + 1e-5f);
      mu.values[b * groups + g] = middle;
      r.values[b * groups + g] = static_cast<float>(rate);
      double m1 = 0, m2 = 0;
      std::vector<double> before(x.values.size());
      const int64_t row = rows == 1 ? 0 : b * channels;
      forAll([&](int64_t i, int64_t c) {
        const double hat = (x.values[i] - double(middle)) * rate,
                     t = hat * scale.values[row + c] + offset.values[row + c], s = 1 / (1 + std::exp(-t));
        y.values[i] = static_cast<float>(silu ? t * s : t);
        before[i] = silu ? dy.values[i] * s * (1 + t * (1 - s)) : dy.values[i];
        doffset.values[b * channels + c] += static_cast<float>(before[i]);
        dscale.values[b * channels + c] += static_cast<float>(before[i] * hat);
        m1 += scale.values[row + c] * before[i] / n;
        m2 += scale.values[row + c] * before[i] * hat / n;
      });
      forAll([&](int64_t i, int64_t c) {
        const double hat = (x.values[i] - double(middle)) * rate;
        dx.values[i] = static_cast<float>(rate * (scale.values[row + c] * before[i] - m1 - hat * m2));
      });
    }
  }
  // Of few numbers, or of equal ones, the gradient is a difference of terms of up to 1/√ε each.
  const float terms = pixels * each < 16 ? 300.0f : 0.1f;
  return {{"NaiveDiffusionGroupNorm", attributes, {x, scale, offset, {{}, {1e-5f}}}, {y, mu, r}, terms},
          {"NaiveDiffusionGroupNormGrad", attributes, {dy, x, scale, offset, mu, r}, {dx, dscale, doffset}, terms}};
}

std::vector<Case> attentions() {
  const int64_t images = few(), tokens = any({0, 1, 2, 5, 16, 33, 70}), heads = any({1, 2, 3}), depth = size();
  const int64_t width = heads * depth;
  const Tensor x = drawn({images, tokens, 3 * width}), dy = drawn({images, tokens, width});
  Tensor y = zeros(dy.dims), statistics = zeros({images, heads, 2, tokens}), dx = zeros(x.dims);
  if (width == 0) {
    return {{"NaiveDiffusionAttend", {{"heads", heads}}, {x}, {}},
            {"NaiveDiffusionAttendGrad", {{"heads", heads}}, {dy, x, y, statistics}, {}}};
  }
  const double scale = 1 / std::sqrt(static_cast<double>(depth));
  for (int64_t i = 0; i < images * heads * tokens; i++) {
    const int64_t b = i / (heads * tokens), h = i / tokens % heads, query = i % tokens;
    const auto at = [&](int64_t token, int part) { return ((b * tokens + token) * 3 + part) * width + h * depth; };
    const int64_t out = (b * tokens + query) * width + h * depth;
    std::vector<double> scores(tokens), dShares(tokens);
    double largest = -1e30, sum = 0, mean = 0;
    for (int64_t j = 0; j < tokens; j++) {
      for (int64_t c = 0; c < depth; c++) {
        scores[j] += scale * x.values[at(query, 0) + c] * x.values[at(j, 1) + c];
        dShares[j] += dy.values[out + c] * x.values[at(j, 2) + c];
      }
      largest = std::max(largest, scores[j]);
    }
    for (double score : scores) sum += std::exp(score - largest);
    for (int64_t j = 0; j < tokens; j++) mean += std::exp(scores[j] - largest) / sum * dShares[j];
    for (int64_t j = 0; j < tokens; j++) {
      const double share = std::exp(scores[j] - largest) / sum, dScore = scale * share * (dShares[j] - mean);
      for (int64_t c = 0; c < depth; c++) {
        y.values[out + c] += static_cast<float>(share * x.values[at(j, 2) + c]);
        dx.values[at(j, 2) + c] += static_cast<float>(share * dy.values[out + c]);
        dx.values[at(query, 0) + c] += static_cast<float>(dScore * x.values[at(j, 1) + c]);
        dx.values[at(j, 1) + c] += static_cast<float>(dScore * x.values[at(query, 0) + c]);
      }
    }
    statistics.values[(b * heads + h) * 2 * tokens + query] = static_cast<float>(largest);
    statistics.values[((b * heads + h) * 2 + 1) * tokens + query] = static_cast<float>(1 / sum);
  }
  return {{"NaiveDiffusionAttend", {{"heads", heads}}, {x}, {y, statistics}},
          {"NaiveDiffusionAttendGrad", {{"heads", heads}}, {dy, x, y, statistics}, {dx}}};
}

// Tokens [images, tokens, channels] or [images, channels], with numbers for each channel that images may share.
struct Tokens {
  const int64_t images = few(), channels = size(), rows = any({1, images});
  const bool flat = any({0, 1, 1}) == 0;
  const int64_t tokens = flat ? 1 : any({0, 1, 1, 2, 5, 33});
  Dims x() const { return flat ? Dims{images, channels} : Dims{images, tokens, channels}; }
  Dims perToken() const { return flat ? Dims{images} : Dims{images, tokens}; }
  Dims perImage() const { return {images, channels}; }
  Dims shared() const { return {rows, channels}; }
  // Calls act(number, channel, of those that are shared, of those that are an image's own).
  void each(const std::function<void(int64_t, int64_t, int64_t, int64_t)>& act) const {
    for (int64_t i = 0; i < images * tokens * channels; i++) {
      const int64_t c = i % channels, image = i / (tokens * channels);
      act(i, c, rows == 1 ? c : image * channels + c, image * channels + c);
    }
  }
};

std::vector<Case> tokenNormalizations() {
  const Tokens s;
  const Tensor x = drawn(s.x(), any({0, 0, 10})), scale = drawn(s.shared()), shift = drawn(s.shared()),
               dy = drawn(s.x()), epsilon{{}, {1e-5f}};
  Tensor y = zeros(s.x()), mu = zeros(s.perToken()), r = mu, dx = y, dscale = zeros(s.perImage()), dshift = dscale;
  if (s.channels == 0) {
    return {{"NaiveDiffusionLayerNorm", {}, {x, scale, shift, epsilon}, {}},
            {"NaiveDiffusionLayerNormGrad", {}, {dy, x, scale, mu, r}, {}}};
  }
  const int64_t n = s.channels, all = s.images * s.tokens;
  std::vector<double> sum(all), squares(all), m1(all), m2(all);
  s.each([&](int64_t i, int64_t, int64_t, int64_t) { sum[i / n] += x.values[i]; });
  for (int64_t t = 0; t < all; t++) mu.values[t] = static_cast<float>(sum[t] / n);
  s.each([&](int64_t i, int64_t, int64_t, int64_t) {
    squares[i / n] += std::pow(x.values[i] - double(mu.values[i / n]), 2);
  });
  for (int64_t t = 0; t < all; t++)
    r.values[t] = static_cast<float>(1 / std::sqrt(squares[t] / n + epsilon.values[0]));
  const auto hat = [&](int64_t i) { return (x.values[i] - double(mu.values[i / n])) * r.values[i / n]; };
  s.each([&](int64_t i, int64_t, int64_t c, int64_t own) {
    y.values[i] = static_cast<float>(hat(i) * (1 + scale.values[c]) + shift.values[c]);
    dscale.values[own] += static_cast<float>(dy.values[i] * hat(i));
    dshift.values[own] += dy.values[i];
    m1[i / n] += dy.values[i] * (1.0 + scale.values[c]) / n;
    m2[i / n] += dy.values[i] * (1.0 + scale.values[c]) * hat(i) / n;
  });
  s.each([&](int64_t i, int64_t, int64_t c, int64_t) {
    const double g = dy.values[i] * (1.0 + scale.values[c]);
    dx.values[i] = static_cast<float>(r.values[i / n] * (g - m1[i / n] - hat(i) * m2[i / n]));
  });
  // Of few numbers the gradient is a difference of terms of up to 1/√ε each.
  const float terms = n < 16 ? 300.0f : 0.1f;
  return {{"NaiveDiffusionLayerNorm", {}, {x, scale, shift, epsilon}, {y, mu, r}, terms},
          {"NaiveDiffusionLayerNormGrad", {}, {dy, x, scale, mu, r}, {dx, dscale, dshift}, terms}};
}

std::vector<Case> activations() {
  const Dims shape{any({0, 1, 2, 3, 7, 127, 128, 129, 300}), size()};
  const int64_t channels = shape[1];
  const Tensor x = drawn(shape, any({0, 0, -5, 100})), bias = drawn({channels}), dy = drawn(shape);
  Tensor y = zeros(shape), dx = y, dbias = zeros({channels});
  for (int64_t i = 0; i < countOf(shape); i++) {
    const double u = x.values[i] + bias.values[i % channels];
    const double slope = std::erfc(-u) + u * std::exp(-u * u) * 2 / std::sqrt(M_PI);
    y.values[i] = static_cast<float>(u * std::erfc(-u));
    dx.values[i] = static_cast<float>(dy.values[i] * slope);
    dbias.values[i % channels] += dx.values[i];
  }
  if (channels == 0)
    return {{"NaiveDiffusionGelu", {}, {x, bias}, {}}, {"NaiveDiffusionGeluGrad", {}, {dy, x, bias}, {}}};
  return {{"NaiveDiffusionGelu", {}, {x, bias}, {y}}, {"NaiveDiffusionGeluGrad", {}, {dy, x, bias}, {dx, dbias}}};
}

// Small whole numbers, many of them equal.
std::vector<Case> orders() {
  const int64_t rows = size(), n = any({0, 1, 2, 3, 64, 300, 1024}), count = n == 0 ? 0 : static_cast<int64_t>(generator() % (n + 1));
  Tensor x = drawn({rows, n}), ranks = zeros({rows, n}), largest = ranks;
  for (float& value : x.values) value = std::round(20 * value);
  for (int64_t i = 0; i < rows * n; i++) {
    int64_t before = 0;
    for (int64_t j = i / n * n; j < (i / n + 1) * n; j++) before += x.values[j] > x.values[i] || (x.values[j] == x.values[i] && j < i);
    ranks.values[i] = static_cast<float>(before);
    largest.values[i] = before < count ? 1.0f : 0.0f;
  }
  return {{"NaiveDiffusionRanks", {}, {x}, {ranks}},
          {"NaiveDiffusionLargest", {{"count", count}}, {x}, {largest}},
          {"NaiveDiffusionLargest", {{"count", n + 1}}, {x}, {}},
          {"NaiveDiffusionRanks", {}, {drawn({n})}, {}}};
}

std::vector<Case> gatedSums() {
  const Tokens s;
  const Tensor x = drawn(s.x()), gate = drawn(s.shared()), v = drawn(s.x()), dy = drawn(s.x());
  Tensor y = x, dv = zeros(s.x()), dgate = zeros(s.perImage());
  s.each([&](int64_t i, int64_t, int64_t c, int64_t own) {
    y.values[i] += gate.values[c] * v.values[i];
    dv.values[i] = gate.values[c] * dy.values[i];
    dgate.values[own] += dy.values[i] * v.values[i];
  });
  if (s.channels == 0)
    return {{"NaiveDiffusionGatedSum", {}, {x, gate, v}, {}}, {"NaiveDiffusionGatedSumGrad", {}, {dy, gate, v}, {}}};
  return {{"NaiveDiffusionGatedSum", {}, {x, gate, v}, {y}},
          {"NaiveDiffusionGatedSumGrad", {}, {dy, gate, v}, {dv, dgate}}};
}

// Sides of matrices: around the numbers of rows, columns and terms that are taken together.
int64_t side() { return any({0, 1, 2, 5, 11, 12, 13, 16, 31, 32, 33, 64, 97, 257, 300}); }

Tensor product(const Tensor& a, const Tensor& b, const Tensor& bias, bool transposeA, bool transposeB) {
  const int64_t rows = a.dims[transposeA ? 1 : 0], count = a.dims[transposeA ? 0 : 1], columns = b.dims[transposeB ? 0 : 1];
  Tensor y = zeros({rows, columns});
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) {
      double sum = bias.values.empty() ? 0 : bias.values[c];
      for (int64_t k = 0; k < count; k++)
        sum += a.values[transposeA ? k * rows + r : r * count + k] * b.values[transposeB ? c * count + k : k * columns + c];
      y.values[r * columns + c] = static_cast<float>(sum);
    }
  }
  return y;
}

// Matrices, transposed or not, and some that do not fit together.
std::vector<Case> products() {
  const int64_t rows = side(), count = side(), columns = any({side(), 1, 7});
  const bool transposeA = any({0, 1}), transposeB = any({0, 1});
  const Tensor a = drawn(transposeA ? Dims{count, rows} : Dims{rows, count});
  const Tensor b = drawn(transposeB ? Dims{columns, count} : Dims{count, columns});
  const Tensor bias = any({0, 1}) ? drawn({columns}) : zeros({0});
  const Attributes how{{"transpose_a", transposeA}, {"transpose_b", transposeB}};
  std::vector<Case> cases{{"NaiveDiffusionMatMul", how, {drawn({2, 3, 4}), b, bias}, {}},
                          {"NaiveDiffusionMatMul", how, {drawn({count + 1, count + 1}), b, bias}, {}},
                          {"NaiveDiffusionMatMul", how, {a, b, drawn({columns + 1})}, {}}};
  if (rows * count * columns == 0) cases.push_back({"NaiveDiffusionMatMul", how, {a, b, bias}, {}});
  else cases.push_back({"NaiveDiffusionMatMul", how, {a, b, bias}, {product(a, b, bias, transposeA, transposeB)}, 1.0f});
  return cases;
}

// A step of Adam over some weights, with averages of them or without; and some that do not fit together.
std::vector<Case> adamSteps() {
  const int count = static_cast<int>(any({1, 2, 5, 20})), averaged = any({0, 1}) ? count : 0;
  const float keep1 = 0.9f, keep2 = 0.999f, offset = 1e-3f, factor = -0.01f, share = 0.25f;
  std::vector<Tensor> weights, averages;
  int64_t n = 0;
  for (int i = 0; i < count; i++) {
    weights.push_back(drawn({few(), any({0, 1, 3, 300, 5000})}));
    if (averaged > 0) averages.push_back(drawn(weights[i].dims));
    n += countOf(weights[i].dims);
  }
  const Tensor g = drawn({n}), first = drawn({n});
  Tensor second = drawn({n}), newFirst = first, newSecond = second;
  for (float& value : second.values) value = std::fabs(value);
  std::vector<Tensor> newWeights = weights, newAverages = averages;
  int64_t at = 0;
  for (int i = 0; i < count; i++) {
    for (size_t j = 0; j < weights[i].values.size(); j++, at++) {
      const double m = first.values[at] * keep1 + g.values[at], v = second.values[at] * keep2 + g.values[at] * g.values[at];
      newFirst.values[at] = static_cast<float>(m);
      newSecond.values[at] = static_cast<float>(v);
      const double weight = weights[i].values[j] + m / (std::sqrt(v) + offset) * factor;
      newWeights[i].values[j] = static_cast<float>(weight);
      if (averaged > 0) newAverages[i].values[j] += static_cast<float>((weight - averages[i].values[j]) * share);
    }
  }
  std::vector<Tensor> inputs{g, first, second}, outputs{newFirst, newSecond};
  for (float value : {keep1, keep2, offset, factor, share}) inputs.push_back({{}, {value}});
  inputs.insert(inputs.end(), weights.begin(), weights.end());
  inputs.insert(inputs.end(), averages.begin(), averages.end());
  outputs.insert(outputs.end(), newWeights.begin(), newWeights.end());
  outputs.insert(outputs.end(), newAverages.begin(), newAverages.end());
  const Attributes sizes{{"count", count}, {"averaged", averaged}};
  std::vector<Tensor> shorter = inputs, lopsided = inputs;
  shorter[1] = drawn({n + 1});
  lopsided[8] = drawn({countOf(weights[0].dims) + 1});
  return {{"NaiveDiffusionAdam", sizes, inputs, outputs},
          {"NaiveDiffusionAdam", sizes, shorter, {}},
          {"NaiveDiffusionAdam", sizes, lopsided, {}}};
}

// Tokens that do not fit together, which must not be read.
std::vector<Case> misfits() {
  const Tensor x = drawn({2, 3, 5}), other = drawn({2, 3, 4}), own = drawn({2, 5}), three = drawn({3, 5}),
               fewer = drawn({2, 4}), mean = drawn({2, 3}), missing = drawn({2, 2}), bias = drawn({5}),
               narrow = drawn({4}), flat = drawn({5}), one = drawn({1});
  return {
      {"NaiveDiffusionLayerNorm", {}, {flat, own, own, one}, {}},
      {"NaiveDiffusionLayerNorm", {}, {x, three, own, one}, {}},
      {"NaiveDiffusionLayerNorm", {}, {x, own, fewer, one}, {}},
      {"NaiveDiffusionLayerNorm", {}, {x, own, own, bias}, {}},
      {"NaiveDiffusionLayerNormGrad", {}, {other, x, own, mean, mean}, {}},
      {"NaiveDiffusionLayerNormGrad", {}, {x, x, own, missing, mean}, {}},
      {"NaiveDiffusionLayerNormGrad", {}, {x, x, own, mean, missing}, {}},
      {"NaiveDiffusionGelu", {}, {x, narrow}, {}},
      {"NaiveDiffusionGeluGrad", {}, {other, x, bias}, {}},
      {"NaiveDiffusionGeluGrad", {}, {x, x, narrow}, {}},
      {"NaiveDiffusionGatedSum", {}, {x, three, x}, {}},
      {"NaiveDiffusionGatedSum", {}, {x, own, other}, {}},
      {"NaiveDiffusionGatedSumGrad", {}, {x, own, other}, {}},
      {"NaiveDiffusionGatedSumGrad", {}, {x, fewer, x}, {}},
  };
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 300;
  int cases = 0;
  for (int round = 0; round < rounds; round++) {
    for (const auto& draw : {smallConvolutions, quickConvolutions, convolutionsInStepsOfTwo, additions, normalizations,
                             attentions, tokenNormalizations, activations, orders, gatedSums, products, adamSteps, misfits}) {
      for (const Case& call : draw()) {
        if (round % 10 == 0 && !call.expected.empty()) checkWithoutMemory(call);
        else check(call);
        cases++;
      }
    }
  }
  // Shapes large enough for several threads, which the random ones are not.
  const Shape large{5, 32, 31, 17, 34, 3, 3, 1};
  const Tensor x = drawn(large.x()), filter = drawn(large.filter()), dy = drawn(large.y());
  checkWithoutMemory({"NaiveDiffusionConv3x3", {{"relu", 0}, {"turned", 0}}, {x, filter, zeros({0}), zeros({0})},
                      {convolved(large, x, filter)}});
  checkWithoutMemory({"NaiveDiffusionConv3x3FilterGrad", {}, {x, dy}, {filterGradient(large, x, dy)}});
  const Shape halved{5, 34, 30, 17, 34, 4, 4, 2};
  const Tensor wide = drawn(halved.x()), taps = drawn(halved.filter()), narrow = drawn(halved.y());
  checkWithoutMemory({"NaiveDiffusionConvStride2", {{"relu", 0}, {"transposed", 0}}, {wide, taps, zeros({0}), zeros({0})},
                      {convolved(halved, wide, taps)}});
  checkWithoutMemory({"NaiveDiffusionConvStride2", {{"relu", 0}, {"transposed", 1}}, {narrow, taps, zeros({0}), zeros({0})},
                      {inputGradient(halved, taps, narrow)}});
  checkWithoutMemory({"NaiveDiffusionConvStride2FilterGrad", {{"side", 4}}, {wide, narrow}, {filterGradient(halved, wide, narrow)}});
  std::printf("%d calls are right\n", cases + 5);
}
