// The Romanian texts, every key of the catalogue exactly once: the compiler refuses a missing one. The voice
// is polite, short and warm; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func romanian(_ key: CopyKey) -> String {
        switch key {
        case .example: #"pay 100 "Cafea" #masa5"#
        case .greeting:
            """
            Bună ziua! Numărul dvs. este înregistrat la {merchant} și puteți încasa chiar din acest \
            chat.

            Scrieți suma și vă trimit linkul de plată:
            {example}

            Descrierea și #eticheta sunt opționale. Limba se schimbă cu /lang.
            """
        case .unknownSeller:
            """
            Bună ziua! Acest număr nu este înregistrat ca vânzător la nicio bancă parteneră, așa că \
            nu pot emite linkuri de plată. Rugați banca sau administratorul magazinului să vă adauge \
            numărul, apoi scrieți-mi din nou.
            """
        case .sellerBlocked:
            """
            Accesul dvs. la încasări este suspendat de {bank}. Vă rugăm să contactați banca.
            """
        case .merchantDisabled:
            """
            Încasările pentru {merchant} sunt dezactivate în acest moment. Vă rugăm să contactați \
            banca.
            """
        case .phoneHidden:
            """
            Nu vă văd numărul de telefon, iar banca vă recunoaște după el. Permiteți în WhatsApp ca \
            acest chat să vadă numărul sau scrieți de pe numărul înregistrat la bancă.
            """
        case .teaching:
            """
            Nu am înțeles. Pentru un link de plată scrieți suma, de exemplu:
            {example}

            Mai multe: ajutor
            """
        case .help:
            """
            Așa încasați, de la cel mai scurt:
            100
            plata 100
            {example}

            Suma poate avea zecimale: 100,50. Descrierea și #eticheta apar în portalul \
            comerciantului.

            De asemenea:
            stare – cum stă ultima plată
            azi – cât s-a încasat astăzi
            lista – ultimele plăți
            anulează – retrage o plată
            retrimite – linkul încă o dată
            export – luna aceasta, ca fișier
            rtp 100 069123456 – cerere pe telefonul clientului
            comerciant – pentru cine încasați
            limba – alegerea limbii

            Despre o anumită plată: răspundeți la mesajul ei.
            """
        case .welcome: "Cu plăcere!"
        case .textOnly:
            """
            Citesc doar mesaje text. Scrieți suma, de exemplu:
            {example}
            """
        case .amountMissing:
            """
            Scrieți întâi suma, de exemplu:
            {example}
            """
        case .amountUnreadable:
            """
            Nu am putut citi suma. Scrieți-o simplu: 100 sau 100,50. De exemplu:
            {example}
            """
        case .amountInParts: "Scrieți suma în {currency}, cu virgulă pentru subdiviziuni: 1 sau 1,50."
        case .amountZero: "Suma trebuie să fie mai mare decât zero."
        case .amountNegative: "Suma nu poate fi negativă. Scrieți-o fără minus."
        case .amountTooManyDecimals:
            """
            Prea multe zecimale. Cifre după virgulă pentru {currency}: cel mult {digits}.
            """
        case .amountTooLarge: "Suma este prea mare pentru o singură plată."
        case .amountOverLimit: "Suma depășește limita dvs. de {limit} pe plată."
        case .amountAmbiguous:
            """
            Suma „{typed}” se poate înțelege în mai multe feluri. Alegeți suma sau scrieți-o din nou \
            fără separator de mii.
            """
        case .amountAmbiguousButton: "Alegeți suma"
        case .currencyOther:
            """
            Încasez doar în {currency}. Scrieți suma în {currency}, fără altă monedă.
            """
        case .descriptionTooLong: "Descrierea este prea lungă. Numărul maxim de caractere: {limit}."
        case .tagTooLong: "Eticheta este prea lungă. Numărul maxim de caractere: {limit}."
        case .severalTags: "Folosiți o singură #etichetă pe plată."
        case .requestToPayUnavailable:
            """
            Cererea de plată nu este disponibilă pentru {merchant}. Un link de plată funcționează: \
            {command}
            """
        case .requestIncomplete:
            """
            Pentru o cerere de plată scrieți suma și telefonul clientului, de exemplu:
            /rtp 100 069123456 Ion Rusu
            """
        case .payerPhoneUnreadable:
            """
            Nu am putut citi telefonul clientului. După +373 sau după 0 are opt cifre: 069123456 \
            sau +373 69 123 456.
            """
        case .payerPhoneForeign:
            """
            Cererea de plată ajunge doar la telefoane din Moldova (+373). Altor clienți trimiteți-le \
            un link: scrieți doar suma.
            """
        case .payerNameTooLong:
            """
            Numele clientului este prea lung. Numărul maxim de caractere: {limit}.
            """
        case .referenceUnreadable:
            """
            Care plată? Răspundeți la mesajul ei cu același cuvânt sau adăugați cele șase caractere \
            ale referinței, de exemplu: stare K7M2QX
            """
        case .listUnreadable:
            """
            Scrieți așa: lista, lista #cafea sau lista 2 pentru pagina a doua.
            """
        case .spanUnreadable:
            """
            Nu am recunoscut perioada. De exemplu:
            export
            export azi
            export 2026-11
            export 1.11-15.11
            """
        case .amountInWords:
            """
            Scrieți vă rog toată suma în cifre, de exemplu:
            {example}
            """
        case .phoneAlone:
            """
            Pare un număr de telefon. Ca să trimiteți o cerere de plată, puneți întâi suma:
            {command}

            Dacă este o sumă, scrieți {currency} după ea.
            """
        case .amountNotFirst:
            """
            Pentru un link de plată scrieți întâi suma, așa:
            {command}
            """
        case .refundByBank:
            """
            {bank} nu oferă rambursări în acest chat. Banii se returnează prin bancă.
            """
        case .bankSilent:
            """
            Banca nu răspunde în acest moment, așa că nu am creat niciun link. Încercați din nou \
            peste un minut.
            """
        case .bankRefused:
            """
            Banca nu a acceptat această plată, așa că nu există link. Verificați suma sau contactați \
            banca.
            """
        case .tryAgain:
            """
            Ceva nu a mers la noi. Dacă nu ați primit linkul, vă rog să scrieți suma din nou.
            """
        case .linkForward: "Trimiteți linkul clientului."
        case .linkForwardUntil: "Trimiteți linkul clientului. Este valabil {minutes}."
        case .linkForwardSoon: "Trimiteți imediat linkul clientului. Este valabil mai puțin de un minut."
        case .linkButton: "Deschideți plata"
        case .minutesOne: "{count} minut"
        case .minutesFew: "{count} minute"
        case .minutesMany: "{count} de minute"
        case .minutesOther: "{count} de minute"
        case .chooseMerchant: "Pentru ce comerciant încasați {amount}?"
        case .chooseMerchantButton: "Alegeți"
        case .chooseTapOrNumber: "Atingeți lista sau răspundeți cu un număr."
        case .choiceGone: "Această alegere nu mai este valabilă. Scrieți suma din nou."
        case .languageAsk: "În ce limbă continuăm?"
        case .languageButton: "Limba"
        case .languageChanged: "Gata, continuăm în română."
        case .receiptPaid: "Plătit"
        case .receiptPaidLate: "Plătit după închiderea linkului"
        case .receiptPaidAgain: "Plătit încă o dată"
        case .receiptPaidAgainAdvice:
            """
            Această plată fusese deja încasată: rambursați clientului suma primită în plus.
            """
        case .receiptRenew: "Link nou"
        case .severalPaidOne: "Plătit · {count} plată · {amount}"
        case .severalPaidFew: "Plătit · {count} plăți · {amount}"
        case .severalPaidMany: "Plătit · {count} de plăți · {amount}"
        case .severalPaidOther: "Plătit · {count} de plăți · {amount}"
        case .receiptFailed: "Plata a eșuat"
        case .receiptDeclined: "Plată refuzată"
        case .receiptExpired: "Link expirat"
        case .receiptCancelled: "Plată anulată"
        case .receiptRefunded: "Rambursat"
        case .receiptPartlyRefunded: "Rambursat parțial"
        case .receiptRetry:
            """
            Pentru un link nou, scrieți:
            {command}
            """
        case .templatePaid:
            """
            Plata de {amount} a fost încasată pe {time}. Referință: {reference}. O zi bună!
            """
        case .templateFailed:
            """
            Plata de {amount} nu a reușit pe {time}. Referință: {reference}. Pentru un link nou, \
            scrieți suma în acest chat.
            """
        case .templateDeclined:
            """
            Plata de {amount} a fost refuzată pe {time}. Referință: {reference}. Pentru un link nou, \
            scrieți suma în acest chat.
            """
        case .templateExpired:
            """
            Linkul de plată pentru {amount} a expirat pe {time}. Referință: {reference}. Pentru un \
            link nou, scrieți suma în acest chat.
            """
        case .templatePaidSpare:
            """
            Ați încasat {amount} pe {time} prin linkul de plată. Referință: {reference}. Vă \
            mulțumim!
            """
        case .templateFailedSpare:
            """
            Încercarea de plată de {amount} din {time} nu s-a încheiat. Referință: {reference}. \
            Suma nu a fost încasată.
            """
        case .templateDeclinedSpare:
            """
            Clientul sau banca a refuzat suma de {amount} pe {time}. Referință: {reference}. Suma \
            nu a fost încasată.
            """
        case .templateExpiredSpare:
            """
            Termenul linkului pentru {amount} s-a încheiat pe {time}. Referință: {reference}. \
            Suma nu a fost încasată.
            """
        }
    }
}
