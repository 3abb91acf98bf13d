// Serves the sandbox's page and the banks' payment pages. Everything comes from this program; the policy
// below lets a browser load nothing from anywhere else and run no script that stands in a text.

import HTTPServer
import HTTPWire
import World

struct PageRoutes: Sendable {
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

    let stage: Stage

    func add(to routes: inout Routes) {
        let files: [(path: String, type: String, bytes: [UInt8])] = [
            ("/", "text/html", PackageResources.index_html),
            ("/style.css", "text/css", PackageResources.style_css),
            ("/panes.css", "text/css", PackageResources.panes_css),
            ("/chat.css", "text/css", PackageResources.chat_css),
            ("/narrow.css", "text/css", PackageResources.narrow_css),
            ("/checkout.css", "text/css", PackageResources.checkout_css),
            ("/icon.svg", "image/svg+xml", PackageResources.icon_svg),
            ("/app.js", "text/javascript", PackageResources.app_js),
            ("/dom.js", "text/javascript", PackageResources.dom_js),
            ("/phone.js", "text/javascript", PackageResources.phone_js),
            ("/bubbles.js", "text/javascript", PackageResources.bubbles_js),
            ("/badday.js", "text/javascript", PackageResources.badday_js),
            ("/bank.js", "text/javascript", PackageResources.bank_js),
            ("/activity.js", "text/javascript", PackageResources.activity_js),
            ("/checkout.js", "text/javascript", PackageResources.checkout_js),
            ("/qr.js", "text/javascript", PackageResources.qr_js),
        ]
        for file in files {
            routes.on("GET", file.path) { _ in Self.answer(200, file.type + "; charset=utf-8", file.bytes) }
        }
        for base in ["", "/banks/{bankId}"] {
            routes.on("GET", base + "/checkout") { checkout($0) }
            routes.on("POST", base + "/checkout/pay") { decide($0, pays: true) }
            routes.on("POST", base + "/checkout/decline") { decide($0, pays: false) }
        }
    }

    private static func answer(_ status: Int, _ type: String, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [
                "content-type": type, "cache-control": "no-store", "content-security-policy": policy,
                "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
            ], body: body)
    }

    /// The sandbox's own page says `manual=1`: there a person presses. Any other visitor of a merchant that
    /// pays by itself has opened the page, and the timeline begins.
    private func checkout(_ request: HTTPRequest) -> HTTPResponse {
        let id = request.query("paymentId") ?? "", now = stage.world.now()
        let byHand = request.query("manual") == "1"
        if request.method == "GET" { stage.atBank { ((), $0.opened(id, byHand: byHand, now: now)) } }
        let base = request.parameters["bankId"].map { "/banks/" + $0 } ?? ""
        let payment = stage.askBank { bank -> BankPayment? in
            let bankId = request.parameters["bankId"] ?? bank.firstBankId
            return bank.payment(id).flatMap { $0.bankId == bankId ? $0 : nil }
        }
        let bankId = payment?.bankId ?? request.parameters["bankId"] ?? stage.askBank { $0.firstBankId }
        let html = CheckoutPage.html(
            payment, bankName: stage.config.bankNames[bankId] ?? bankId, base: base, byHand: byHand, now: now)
        return Self.answer(payment == nil ? 404 : 200, "text/html; charset=utf-8", html)
    }

    /// The page's two forms, for browsers without scripts.
    private func decide(_ request: HTTPRequest, pays: Bool) -> HTTPResponse {
        let id = request.query("paymentId") ?? "", now = stage.world.now()
        stage.atBank {
            (
                (),
                pays
                    ? $0.pay(id, atOnce: false, callbacks: 1, now: now)
                    : $0.decline(id, callbacks: 1, now: now)
            )
        }
        let base =
            request.parameters["bankId"].map { "/banks/" + PercentEncoding.encodePathSegment($0) } ?? ""
        let place = base + "/checkout?paymentId=" + PercentEncoding.encodeQueryComponent(id) + "&manual=1"
        return HTTPResponse(status: 303, headers: ["location": place])
    }
}
