// The scanner's own promises: places, limits, escapes, and that every cut of a text is refused.
import JSONWire
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func failure(_ text: [UInt8], _ surrogates: LoneSurrogates = .refused) -> JSONFailure? {
    do {
        try JSONScanner.check(text, loneSurrogates: surrogates)
        return nil
    } catch { return error }
}

@Suite struct `The scanner` {
    @Test func `walks objects and arrays and says where each value lies`() throws {
        let text = bytes(#" {"id" : "wamid.A=", "n":[1, -2.50e3,{}], "x":{"y":[]}, "t":true } "#)
        var scanner = JSONScanner(text)
        var found: [String] = []
        try scanner.enterObject()
        while let name = try scanner.nextName() {
            if scanner.matches(name, "n") {
                try scanner.enterArray()
                while try scanner.nextElement() {
                    let range = try scanner.skipValue()
                    found.append(String(decoding: text[range], as: UTF8.self))
                }
            } else if scanner.matches(name, "id") {
                found.append(scanner.decoded(try scanner.string()))
            } else {
                let range = try scanner.skipValue()
                found.append(String(decoding: text[range], as: UTF8.self))
            }
        }
        try scanner.finish()
        #expect(found == ["wamid.A=", "1", "-2.50e3", "{}", #"{"y":[]}"#, "true"])
    }

    @Test func `finds a name that was written with escapes`() throws {
        var scanner = JSONScanner(bytes(#"{"\u0069\u0064":"a\/b\n\u0219\ud83d\ude00"}"#))
        try scanner.enterObject()
        let name = try #require(try scanner.nextName())
        #expect(scanner.matches(name, "id"))
        #expect(!scanner.matches(name, "ie"))
        #expect(scanner.decoded(try scanner.string()) == "a/b\nș😀")
    }

    @Test(arguments: [
        (#""\ud83d""#, JSONFailure.Reason.loneSurrogate), (#""\ude00""#, .loneSurrogate),
        (#""\ud83dx""#, .loneSurrogate), (#""\ud83d\n""#, .loneSurrogate),
        (#""\ud83d\ud83d""#, .loneSurrogate),
        (#""\u12g4""#, .badEscape), (#""\x41""#, .badEscape), ("\"a\nb\"", .controlCharacter),
        ("01", .badNumber), ("-", .badNumber), ("1.", .badNumber), ("1e", .badNumber),
        ("+1", .unexpectedByte),
        ("tru", .unexpectedEnd), ("nulk", .badLiteral), ("{} x", .trailingBytes), ("", .unexpectedEnd),
        ("[1,]", .unexpectedByte), ("{\"a\":1,}", .unexpectedByte), ("{\"a\" 1}", .unexpectedByte),
        ("[1 2]", .unexpectedByte), ("{1:2}", .unexpectedByte), ("[}", .unexpectedByte),
    ])
    func `refuses what is not JSON and says why`(text: String, reason: JSONFailure.Reason) {
        #expect(failure(bytes(text))?.reason == reason)
    }

    @Test func `refuses what is not UTF-8`() {
        for bad: [UInt8] in [
            [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        ] {
            #expect(failure([0x22] + bad + [0x22]) != nil)
        }
        #expect(failure(bytes("\"ăîâșț €😀\"")) == nil)
    }

    @Test func `reads a lone surrogate as the replacement character where that was asked for`() throws {
        let text = bytes(#"["\ud83d","a\ude00b","\ud83d\ud83d\ude00"]"#)
        #expect(failure(text, .replaced) == nil)
        let value = try JSONValue(parsing: text, loneSurrogates: .replaced)
        #expect(value.items.map(\.text) == ["\u{FFFD}", "a\u{FFFD}b", "\u{FFFD}😀"])
    }

    @Test func `refuses every text that was cut short`() {
        let text = bytes(#"{"a":[1.5e-3,true,null,"\u0219\ud83d\ude00 ș"],"b":{"c":false}}"#)
        #expect(failure(text) == nil)
        for cut in 0..<text.count { #expect(failure(Array(text[..<cut])) != nil, "cut at \(cut)") }
    }

    @Test func `nests as deep as its limit and no deeper, whichever way it walks`() {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            for (depth, isAccepted) in [(JSONScanner.depthMax, true), (JSONScanner.depthMax + 1, false)] {
                let text = bytes(
                    String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth))
                #expect((failure(text) == nil) == isAccepted)
                #expect(((try? JSONValue(parsing: text)) != nil) == isAccepted)
            }
        }
        #expect(failure([UInt8](repeating: 0x5B, count: 1_000_000))?.reason == .depthExceeded)
    }
}

@Suite struct `The value tree` {
    @Test func `keeps numbers as they were written`() throws {
        let text = "[100.10,9007199254740993,1E400,-0,-9223372036854775808,9223372036854775808]"
        let value = try JSONValue(parsing: bytes(text))
        #expect(value.items.compactMap(\.number?.text).joined(separator: ",") == text.dropFirst().dropLast())
        #expect(value.items.map(\.int64) == [nil, 9_007_199_254_740_993, nil, 0, Int64.min, nil])
    }

    @Test func `refuses a name that occurs twice, also when the second is escaped`() throws {
        let text = bytes(#"{"id":1,"\u0069d":2}"#)
        #expect(throws: JSONFailure(.duplicateName, at: 9)) { try JSONValue(parsing: text) }
        #expect(try JSONValue(parsing: text, duplicates: .kept)["id"]?.int64 == 1)
    }

    @Test func `reads names that differ only in composition as different`() throws {
        let value = try JSONValue(parsing: bytes("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}"))
        #expect(value["caf\u{E9}"]?.int64 == 1)
        #expect(value["cafe\u{301}"]?.int64 == 2)
    }

    @Test func `answers nil and nothing else to questions that do not fit`() throws {
        let value = try JSONValue(parsing: bytes(#"{"s":"","d":"2000","n":null,"a":[{"b":true}]}"#))
        #expect(value["s"]?.text == "" && value["s"]?.filledText == nil && value["s"]?.int64 == nil)
        #expect(value["d"]?.int64OrDigits == 2000 && value["d"]?.int64 == nil)
        #expect(value["n"]?.isNull == true && value["zz"] == nil)
        #expect(value["a"]?[0]?["b"]?.bool == true && value["a"]?[1] == nil && value[0] == nil)
    }
}

@Suite struct `The writer` {
    @Test func `escapes what the standard requires and no more`() {
        var writer = JSONWriter()
        writer.object {
            $0.member("a\"\\", "\u{0}\u{1F}\u{8}\t\n\u{C}\r/ș\u{7F}")
            $0.member("n", -5)
            $0.member("none", ifAny: nil)
            $0.member(
                "list",
                array: { list in
                    list.raw(Array("{\"raw\":1}".utf8))
                    list.null()
                    list.object { _ in }
                })
            $0.member("ok", true)
        }
        let expected =
            "{\"a\\\"\\\\\":\"\\u0000\\u001f\\b\\t\\n\\f\\r/ș\u{7F}\",\"n\":-5,"
            + "\"list\":[{\"raw\":1},null,{}],\"ok\":true}"
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func `escapes as Meta does when asked`() {
        var writer = JSONWriter(escaping: .asMeta)
        writer.string("Plată 50/50 😀")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #""Plat\u0103 50\/50 \ud83d\ude00""#)
    }
}
