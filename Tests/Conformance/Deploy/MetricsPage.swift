// What a scraper and `promtool check metrics` want of a page in the Prometheus text format 0.0.4, asked of our pages
// without either: they swallow a bad page whole or drop it whole, so a slip would blind every alert of a service.

/// A parsed answer of `/metrics`, and what is wrong with it.
struct MetricsPage {
    private struct Sample {
        let name: String
        let labels: [(name: String, value: String)]
        let value: Double

        /// What tells one series from another.
        var series: String { name + "\(labels.map { "\($0.name)=\($0.value)" }.sorted())" }
    }

    private struct Family {
        let name: String
        let kind: String
        var samples: [Sample] = []
    }

    /// In the order found; empty for a page that everybody can read.
    private(set) var problems: [String] = []
    private var families: [Family] = []

    /// The metrics' names, in the order of the page.
    var names: [String] { families.map(\.name) }

    init(_ text: String) {
        if !text.hasSuffix("\n") { problems.append("the last line has no end") }
        var helped: String?
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                if words.count < 4 { problems.append("\(line): no words") }
                helped = words.dropFirst(2).first
            } else if line.hasPrefix("# TYPE ") {
                let name = words.count == 4 ? words[2] : ""
                if helped != name { problems.append("\(line): no help before it") }
                if names.contains(name) { problems.append("\(line): a second time") }
                families.append(Family(name: name, kind: words.last ?? ""))
                helped = nil
            } else if let sample = Self.sample(line) {
                take(sample)
            } else {
                problems.append("\(line): cannot be read")
            }
        }
        for family in families { judge(family) }
        var seen: Set<String> = []
        for series in families.flatMap(\.samples).map(\.series) where !seen.insert(series).inserted {
            problems.append("\(series): a second time")
        }
    }

    private mutating func take(_ sample: Sample) {
        guard let family = families.last else { return problems.append("\(sample.name): has no type") }
        let own =
            family.kind == "histogram"
            ? ["_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
        if !own.contains(sample.name) { problems.append("\(sample.name): stands below \(family.name)") }
        families[families.count - 1].samples.append(sample)
    }

    // MARK: a line

    /// `name{label="value",…} number`; nil for anything else.
    private static func sample(_ line: Substring) -> Sample? {
        var rest = line
        let name = word(&rest)
        var labels: [(name: String, value: String)] = []
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label = word(&rest)
                guard rest.hasPrefix("=\"") else { return nil }
                rest.removeFirst(2)
                guard let value = quoted(&rest), !label.isEmpty else { return nil }
                labels.append((label, value))
                if rest.first == "," { rest.removeFirst() } else if rest.first != "}" { return nil }
            }
            rest.removeFirst()
        }
        guard !name.isEmpty, rest.first == " ", let value = Double(rest.dropFirst()) else { return nil }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func word(_ rest: inout Substring) -> String {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest = rest[word.endIndex...]
        return String(word)
    }

    /// Up to the closing quote, which is taken too.
    private static func quoted(_ rest: inout Substring) -> String? {
        var value = ""
        while let next = rest.popFirst() {
            if next == "\"" { return value }
            guard next == "\\" else {
                value.append(next)
                continue
            }
            guard let escaped = rest.popFirst(), "\\\"n".contains(escaped) else { return nil }
            value += "\\\(escaped)"
        }
        return nil
    }

    // MARK: a metric

    /// Units that are not the base ones, and types, which a name does not say.
    private static let unwelcome: Set<String> = [
        "s", "ms", "us", "ns", "sec", "secs", "m", "h", "d", "b", "kb", "mb", "gb", "tb", "pb", "kib", "mib",
        "bits",
        "milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "weeks", "kilobytes",
        "megabytes",
        "gigabytes", "percent", "counter", "gauge", "histogram",
    ]

    private mutating func judge(_ family: Family) {
        let name = family.name, words = name.split(separator: "_", omittingEmptySubsequences: false)
        let isPlain = name.utf8.allSatisfy { $0 == 0x5F || 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 }
        if !isPlain || words.count < 2 || words.contains("") || name.first?.isNumber == true {
            problems.append("\(name): not lower case with underscores")
        }
        for word in words where Self.unwelcome.contains(String(word)) {
            problems.append("\(name): says \(word)")
        }
        if !["counter", "gauge", "histogram"].contains(family.kind) {
            problems.append("\(name): \(family.kind)")
        }
        if (family.kind == "counter") != name.hasSuffix("_total") {
            problems.append("\(name): only a counter's name ends in _total, and every counter's does")
        }
        if family.kind == "histogram", !name.hasSuffix("_seconds") {
            problems.append("\(name): a histogram without its unit")
        }
        if ["bucket", "sum", "count", "info"].contains(words.last) {
            problems.append("\(name): ends as a histogram does")
        }
        for sample in family.samples {
            if sample.labels.contains(where: { $0.name == "le" }) != sample.name.hasSuffix("_bucket") {
                problems.append("\(sample.series): le belongs to buckets")
            }
            if family.kind != "gauge", !(sample.value >= 0) {
                problems.append("\(sample.series): below nothing")
            }
            if Set(sample.labels.map(\.name)).count != sample.labels.count {
                problems.append("\(sample.series): one label twice")
            }
        }
        if family.kind == "histogram" { judgeBuckets(family) }
    }

    /// Buckets only grow, the last is for everything, and what it holds is the count.
    private mutating func judgeBuckets(_ family: Family) {
        var open: [Sample] = []
        for sample in family.samples {
            if sample.name.hasSuffix("_bucket") {
                if let last = open.last, last.value > sample.value {
                    problems.append("\(sample.series): shrinks")
                }
                open.append(sample)
            } else if sample.name.hasSuffix("_count") {
                let last = open.last
                if last?.value != sample.value || last?.labels.last?.value != "+Inf" {
                    problems.append("\(sample.series): is not its last bucket's")
                }
                open = []
            }
        }
        if !open.isEmpty { problems.append("\(family.name): buckets without a count") }
    }
}
