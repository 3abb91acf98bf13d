// The 24 hours, to the microsecond, and what to do inside and outside them.
import Money
import Notifier
import Testing
import World

@Suite struct `The reply window` {
    private let noon = Timestamp(seconds: 1_790_000_000)

    @Test func `opens with a person's word and closes a minute before 24 hours`() {
        let window = Window(lastInbound: noon)
        let closes = noon.advanced(by: .seconds(86_400 - 60))
        #expect(window.isOpen(at: noon))
        #expect(window.isOpen(at: Timestamp(microseconds: closes.microseconds - 1)))
        #expect(!window.isOpen(at: closes))
        #expect(window.closesAt == closes)
    }

    @Test func `is closed for a person who never wrote`() {
        #expect(!Window(lastInbound: nil).isOpen(at: noon))
    }

    @Test func `is not opened by a webhook repeated days later`() {
        var window = Window(lastInbound: nil)
        window.hear(stamped: noon, received: noon.advanced(by: .seconds(3 * 86_400)))
        #expect(!window.isOpen(at: noon.advanced(by: .seconds(3 * 86_400 + 1))))
    }

    @Test func `counts a stamp from the future from its arrival`() {
        var window = Window(lastInbound: nil)
        window.hear(stamped: noon.advanced(by: .seconds(7_200)), received: noon)
        #expect(window.lastInbound == noon)
    }

    @Test func `does not move back when an older word arrives late`() {
        var window = Window(lastInbound: noon)
        window.hear(stamped: noon.advanced(by: .seconds(-60)), received: noon.advanced(by: .seconds(5)))
        #expect(window.lastInbound == noon)
    }

    @Test func `is opened by another word of the second that Meta said was closed, not by that word itself`()
    {
        var window = Window(lastInbound: noon)
        window.disprove(inbound: noon)
        window.hear(stamped: noon, received: noon.advanced(by: .milliseconds(900)))
        #expect(!window.isOpen(at: noon.advanced(by: .seconds(1))))
        // As the ingress counts a second word of one second.
        let second = Window(
            lastInbound: noon.advanced(by: .microseconds(1)), disprovedInbound: window.disprovedInbound)
        #expect(second.isOpen(at: noon.advanced(by: .seconds(1))))
    }

    @Test func `closes early when Meta says so, and only a later word opens it again`() {
        var window = Window(lastInbound: noon)
        window.disprove(inbound: noon)
        #expect(!window.isOpen(at: noon.advanced(by: .seconds(60))))
        #expect(window.closesAt == nil)
        window.hear(stamped: noon.advanced(by: .seconds(120)), received: noon.advanced(by: .seconds(121)))
        #expect(window.isOpen(at: noon.advanced(by: .seconds(180))))
        window.disprove(inbound: noon)
        #expect(window.isOpen(at: noon.advanced(by: .seconds(180))), "late news about the window before")
    }
}

@Suite struct `The delivery plan` {
    private let now = Timestamp(seconds: 1_790_000_000)
    private let catalogue = TemplateCatalogue.standard

    private func plan(
        open: Bool, chat: Bool = true, template: String? = "payment_paid", only: Bool = false,
        locale: Language = .ro, notAfter: Timestamp? = nil
    ) -> DeliveryPlan {
        DeliveryPlan.decide(
            .init(
                hasChatForm: chat, templateName: template, templateOnly: only, locale: locale,
                notAfter: notAfter),
            window: Window(lastInbound: open ? now : nil), catalogue: catalogue, now: now)
    }

    @Test func `writes freely inside the window and by template outside it`() {
        #expect(plan(open: true) == .chat)
        guard case .template(let template) = plan(open: false) else { Issue.record("no template"); return }
        #expect(template.name == "payment_paid")
        #expect(template.language == "ro")
    }

    @Test func `never writes freely outside the window`() {
        for template in ["payment_paid", "no_such", nil] {
            for only in [true, false] {
                #expect(plan(open: false, template: template, only: only) != .chat)
            }
        }
        #expect(plan(open: true, template: nil, only: true) == .hold(.windowClosed))
    }

    @Test func `holds what has no template until the window opens`() {
        #expect(plan(open: false, template: nil) == .hold(.windowClosed))
        #expect(plan(open: false, template: "no_such") == .hold(.templateMissing))
    }

    @Test func `gives up after the last useful moment and not before`() {
        #expect(plan(open: true, notAfter: now) == .chat)
        #expect(plan(open: true, notAfter: Timestamp(microseconds: now.microseconds - 1)) == .expire)
    }

    @Test func `falls back to English where a language has no template`() {
        let english = TemplateCatalogue(catalogue.all.filter { $0.language == "en" })
        #expect(english.approved("payment_paid", locale: .ru)?.language == "en")
        #expect(TemplateCatalogue([]).approved("payment_paid", locale: .en) == nil)
    }
}
