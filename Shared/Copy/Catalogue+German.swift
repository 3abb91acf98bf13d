// The German texts, every key of the catalogue exactly once: the compiler refuses a missing one. The voice
// is polite, short and warm; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func german(_ key: CopyKey) -> String {
        switch key {
        case .example: #"pay 100 "Kaffee" #tisch5"#
        case .greeting:
            """
            Guten Tag! Ihre Nummer ist bei {merchant} registriert, Sie können direkt in diesem Chat \
            kassieren.

            Schreiben Sie einen Betrag, und ich schicke Ihnen den Zahlungslink:
            {example}

            Beschreibung und #Stichwort sind freiwillig. Sprache ändern: /lang.
            """
        case .unknownSeller:
            """
            Guten Tag! Diese Nummer ist bei keiner Partnerbank als Verkäufer registriert, deshalb \
            kann ich keine Zahlungslinks ausstellen. Bitten Sie Ihre Bank oder die Verwaltung Ihres \
            Geschäfts, Ihre Nummer einzutragen, und schreiben Sie mir dann noch einmal.
            """
        case .sellerBlocked:
            """
            Ihr Zugang zum Kassieren wurde von {bank} gesperrt. Bitte wenden Sie sich an die Bank.
            """
        case .merchantDisabled:
            """
            Zahlungen für {merchant} sind derzeit deaktiviert. Bitte wenden Sie sich an die Bank.
            """
        case .phoneHidden:
            """
            Ich sehe Ihre Telefonnummer nicht, und die Bank erkennt Sie daran. Erlauben Sie diesem \
            Chat in WhatsApp, sie zu sehen, oder schreiben Sie von der bei der Bank registrierten \
            Nummer.
            """
        case .teaching:
            """
            Das habe ich nicht verstanden. Für einen Zahlungslink schreiben Sie einen Betrag, zum \
            Beispiel:
            {example}

            Mehr: Hilfe
            """
        case .help:
            """
            So kassieren Sie, das Kürzeste zuerst:
            100
            zahlen 100
            {example}

            Beträge dürfen Nachkommastellen haben: 100,50. Beschreibung und #Stichwort erscheinen im \
            Händlerportal.

            Außerdem:
            Status – wie es um die letzte Zahlung steht
            heute – was heute bezahlt wurde
            Liste – die letzten Zahlungen
            stornieren – eine Zahlung zurückziehen
            nochmal – den Link erneut zeigen
            Export – dieser Monat als Datei
            rtp 100 069123456 – eine Anforderung auf das Telefon des Kunden
            Händler – für wen Sie kassieren
            Sprache – die Wahl der Sprache

            Zu einer bestimmten Zahlung antworten Sie auf ihre Nachricht.
            """
        case .welcome: "Gern geschehen!"
        case .textOnly:
            """
            Ich kann nur Textnachrichten lesen. Schreiben Sie einen Betrag, zum Beispiel:
            {example}
            """
        case .amountMissing:
            """
            Schreiben Sie zuerst den Betrag, zum Beispiel:
            {example}
            """
        case .amountUnreadable:
            """
            Ich konnte den Betrag nicht lesen. Schreiben Sie ihn einfach: 100 oder 100,50. Zum \
            Beispiel:
            {example}
            """
        case .amountInParts:
            """
            Schreiben Sie den Betrag in {currency}, Kleingeld nach dem Komma: 1 oder 1,50.
            """
        case .amountZero: "Der Betrag muss größer als null sein."
        case .amountNegative:
            """
            Der Betrag darf nicht negativ sein. Schreiben Sie ihn ohne Minuszeichen.
            """
        case .amountTooManyDecimals:
            """
            Zu viele Nachkommastellen. Stellen nach dem Komma bei {currency}: höchstens {digits}.
            """
        case .amountTooLarge: "Der Betrag ist zu hoch für eine einzelne Zahlung."
        case .amountOverLimit: "Der Betrag liegt über Ihrem Limit von {limit} pro Zahlung."
        case .amountAmbiguous:
            """
            Der Betrag „{typed}“ lässt sich auf verschiedene Arten lesen. Wählen Sie den Betrag oder \
            schreiben Sie ihn ohne Tausendertrennzeichen.
            """
        case .amountAmbiguousButton: "Betrag wählen"
        case .currencyOther:
            """
            Ich kassiere nur in {currency}. Schreiben Sie den Betrag in {currency}, ohne andere \
            Währung.
            """
        case .descriptionTooLong: "Die Beschreibung ist zu lang. Höchstzahl der Zeichen: {limit}."
        case .tagTooLong: "Das Stichwort ist zu lang. Höchstzahl der Zeichen: {limit}."
        case .severalTags: "Bitte nur ein #Stichwort pro Zahlung verwenden."
        case .requestToPayUnavailable:
            """
            Zahlungsanforderungen sind für {merchant} nicht verfügbar. Ein Zahlungslink \
            funktioniert: {command}
            """
        case .requestIncomplete:
            """
            Für eine Zahlungsanforderung schreiben Sie den Betrag und die Telefonnummer des Kunden, \
            zum Beispiel:
            /rtp 100 069123456 Ion Rusu
            """
        case .payerPhoneUnreadable:
            """
            Ich konnte die Telefonnummer des Kunden nicht lesen. Nach +373 oder nach der 0 hat sie \
            acht Ziffern: 069123456 oder +373 69 123 456.
            """
        case .payerPhoneForeign:
            """
            Eine Zahlungsanforderung erreicht nur moldauische Nummern (+373). Anderen Kunden \
            schicken Sie einen Link: Schreiben Sie nur den Betrag.
            """
        case .payerNameTooLong:
            """
            Der Name des Kunden ist zu lang. Höchstzahl der Zeichen: {limit}.
            """
        case .referenceUnreadable:
            """
            Welche Zahlung? Antworten Sie auf ihre Nachricht mit demselben Wort, oder fügen Sie die \
            sechs Zeichen ihrer Referenz an, zum Beispiel: status K7M2QX
            """
        case .listUnreadable:
            """
            Schreiben Sie es so: liste, liste #kaffee oder liste 2 für die zweite Seite.
            """
        case .spanUnreadable:
            """
            Den Zeitraum habe ich nicht erkannt. Zum Beispiel:
            export
            export heute
            export 2026-11
            export 1.11-15.11
            """
        case .amountInWords:
            """
            Bitte schreiben Sie den ganzen Betrag in Ziffern, zum Beispiel:
            {example}
            """
        case .phoneAlone:
            """
            Das sieht nach einer Telefonnummer aus. Für eine Zahlungsanforderung stellen Sie den \
            Betrag voran:
            {command}

            Ist es ein Betrag, schreiben Sie {currency} dahinter.
            """
        case .amountNotFirst:
            """
            Für einen Zahlungslink schreiben Sie zuerst den Betrag, und zwar so:
            {command}
            """
        case .refundByBank:
            """
            {bank} bietet in diesem Chat keine Erstattungen an. Geben Sie das Geld bitte über die Bank zurück.
            """
        case .bankSilent:
            """
            Die Bank antwortet gerade nicht, es wurde kein Link erstellt. Bitte versuchen Sie es in \
            einer Minute noch einmal.
            """
        case .bankRefused:
            """
            Die Bank hat diese Zahlung nicht angenommen, es gibt daher keinen Link. Prüfen Sie den \
            Betrag oder fragen Sie die Bank.
            """
        case .tryAgain:
            """
            Bei uns ist etwas schiefgegangen. Falls kein Link kam, schicken Sie den Betrag bitte \
            noch einmal.
            """
        case .linkForward: "Schicken Sie den Link Ihrem Kunden."
        case .linkForwardUntil: "Schicken Sie den Link Ihrem Kunden. Er ist {minutes} gültig."
        case .linkForwardSoon: "Schicken Sie den Link sofort Ihrem Kunden. Er ist keine Minute mehr gültig."
        case .linkButton: "Zahlung öffnen"
        case .minutesOne: "{count} Minute"
        case .minutesFew: "{count} Minuten"
        case .minutesMany: "{count} Minuten"
        case .minutesOther: "{count} Minuten"
        case .chooseMerchant: "Für welchen Händler kassieren Sie {amount}?"
        case .chooseMerchantButton: "Auswählen"
        case .chooseTapOrNumber: "Tippen Sie auf die Liste oder antworten Sie mit einer Nummer."
        case .choiceGone:
            """
            Diese Auswahl gilt nicht mehr. Bitte schicken Sie den Betrag noch einmal.
            """
        case .languageAsk: "In welcher Sprache machen wir weiter?"
        case .languageButton: "Sprache"
        case .languageChanged: "Erledigt, wir machen auf Deutsch weiter."
        case .receiptPaid: "Bezahlt"
        case .receiptPaidLate: "Nach Ende des Links bezahlt"
        case .receiptPaidAgain: "Noch einmal bezahlt"
        case .receiptPaidAgainAdvice:
            """
            Diese Zahlung war bereits eingegangen: Bitte erstatten Sie dem Kunden den \
            überzähligen Betrag.
            """
        case .receiptRenew: "Neuer Link"
        case .severalPaidOne: "Bezahlt · {count} Zahlung · {amount}"
        case .severalPaidFew: "Bezahlt · {count} Zahlungen · {amount}"
        case .severalPaidMany: "Bezahlt · {count} Zahlungen · {amount}"
        case .severalPaidOther: "Bezahlt · {count} Zahlungen · {amount}"
        case .receiptFailed: "Zahlung fehlgeschlagen"
        case .receiptDeclined: "Zahlung abgelehnt"
        case .receiptExpired: "Link abgelaufen"
        case .receiptCancelled: "Zahlung storniert"
        case .receiptRefunded: "Erstattet"
        case .receiptPartlyRefunded: "Teilweise erstattet"
        case .receiptRetry:
            """
            Für einen neuen Link schreiben Sie:
            {command}
            """
        case .templatePaid:
            """
            Die Zahlung über {amount} ist am {time} eingegangen. Referenz: {reference}. Einen \
            schönen Tag!
            """
        case .templateFailed:
            """
            Die Zahlung über {amount} ist am {time} fehlgeschlagen. Referenz: {reference}. Für einen \
            neuen Link schreiben Sie den Betrag in diesen Chat.
            """
        case .templateDeclined:
            """
            Die Zahlung über {amount} wurde am {time} abgelehnt. Referenz: {reference}. Für einen \
            neuen Link schreiben Sie den Betrag in diesen Chat.
            """
        case .templateExpired:
            """
            Der Zahlungslink über {amount} ist am {time} abgelaufen. Referenz: {reference}. Für \
            einen neuen Link schreiben Sie den Betrag in diesen Chat.
            """
        case .templatePaidSpare:
            """
            Sie haben {amount} am {time} über Ihren Zahlungslink erhalten. Referenz: {reference}. \
            Vielen Dank!
            """
        case .templateFailedSpare:
            """
            Der Zahlungsversuch über {amount} am {time} war nicht erfolgreich. Referenz: \
            {reference}. Es ist kein Geld eingegangen.
            """
        case .templateDeclinedSpare:
            """
            Kunde oder Bank hat {amount} am {time} abgelehnt. Referenz: {reference}. Es ist kein \
            Geld eingegangen.
            """
        case .templateExpiredSpare:
            """
            Die Frist zur Zahlung von {amount} über Ihren Link endete am {time}. Referenz: \
            {reference}. Es ist kein Geld eingegangen.
            """
        }
    }
}
