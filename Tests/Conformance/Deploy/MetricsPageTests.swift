// The reader of metric pages itself: a good page has nothing wrong, and each slip is found and named.
import EventLoop
import TestSupport
import Testing

@Suite struct `A page of metrics` {
    private static let good = """
        # HELP till_a_total Things done.
        # TYPE till_a_total counter
        till_a_total{kind="x"} 3
        till_a_total{kind="a \\"quoted\\" one, with a comma"} 4
        # HELP till_a_wait_seconds How long.
        # TYPE till_a_wait_seconds histogram
        till_a_wait_seconds_bucket{le="0.5"} 1
        till_a_wait_seconds_bucket{le="+Inf"} 2
        till_a_wait_seconds_sum 1.25
        till_a_wait_seconds_count 2
        # HELP till_moment Of this moment.
        # TYPE till_moment gauge
        till_moment -1.5

        """

    @Test func `is fine as the format asks`() {
        let page = MetricsPage(Self.good)
        #expect(page.problems == [])
        #expect(page.names == ["till_a_total", "till_a_wait_seconds", "till_moment"])
    }

    @Test(arguments: [
        ("# HELP till_a_total Things done.\n", "", "no help before it"),
        ("# HELP till_moment Of this moment.\n", "# HELP till_moment\n", "no words"),
        ("till_a_total", "till_a", "every counter's does"),
        ("till_moment", "till_moment_total", "only a counter's name"),
        ("till_moment", "till_moment_ms", "says ms"),
        ("till_moment", "tillB", "not lower case"),
        ("till_moment", "till_moment_count", "as a histogram does"),
        ("till_a_wait_seconds", "till_a_wait", "without its unit"),
        ("kind=\"x\"", "le=\"x\"", "le belongs to buckets"),
        ("kind=\"x\"", "kind=\"x\",kind=\"y\"", "one label twice"),
        ("kind=\"x\"", "kind=\"a \\\"quoted\\\" one, with a comma\"", "a second time"),
        ("kind=\"x\"", "kind=x", "cannot be read"),
        ("counter\n", "untyped\n", "untyped"),
        ("\"} 3\n", "\"} three\n", "cannot be read"),
        ("\"} 3\n", "\"} -3\n", "below nothing"),
        ("seconds_bucket{le=\"0.5\"} 1", "seconds_bucket{le=\"0.5\"} 3", "shrinks"),
        ("_count 2", "_count 3", "not its last bucket's"),
        ("_seconds_count 2\n", "_seconds_other 2\n", "stands below"),
        ("till_a_wait_seconds_count 2\n", "", "buckets without a count"),
        ("-1.5\n", "-1.5", "has no end"),
    ])
    func `says what is wrong with it`(_ old: String, _ new: String, _ words: String) {
        let page = MetricsPage(Self.good.replacing(old, with: new))
        #expect(page.problems.contains { $0.contains(words) }, "\(page.problems)")
    }

    @Test func `is judged as promtool judges it`() async throws {
        guard let promtool = OutsideTool.path("promtool") else { return }
        let wrong = Self.good.replacing("till_a_total", with: "till_a")
        for (text, isFine) in [(Self.good, true), (wrong, false)] {
            let saidFine = try await MetricsPage.isFine(text, promtool)
            #expect(saidFine == isFine)
            #expect(MetricsPage(text).problems.isEmpty == isFine)
        }
    }
}

extension MetricsPage {
    /// What promtool says of a page; a page with a lint is not fine either.
    static func isFine(_ text: String, _ promtool: String) async throws -> Bool {
        try await OutsideTool.withFolder { folder in
            try OutsideTool.write(text, to: folder + "/page")
            return try await BlockingThread.run {
                let command = "'\(promtool)' check metrics < '\(folder)/page'"
                return (try? ChildProcess.run(["sh", "-c", command], log: folder + "/log")) != nil
            }
        }
    }
}
