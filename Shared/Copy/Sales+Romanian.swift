// The Romanian texts of `SaleKey`, every key exactly once: the compiler refuses a missing one. The voice is that of the
// catalogue's first half; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func romanian(_ key: SaleKey) -> String {
        switch key {
        case .identityConfirmed:
            """
            {bank} v-a confirmat numărul. Ce ați scris înainte de asta nu s-a executat; dacă mai e \
            nevoie, trimiteți din nou.
            """
        case .identitySuspended:
            """
            WhatsApp anunță că acest număr sau telefonul lui s-a schimbat. Ca să vă protejăm banii, \
            plățile se opresc aici până când {bank} vă confirmă din nou numărul. Vă rugăm să \
            contactați banca.
            """
        case .paymentNone: "Încă nu aveți plăți. Scrieți suma și vă trimit linkul de plată."
        case .referenceUnknown:
            """
            Nu am găsit nicio plată a dvs. cu referința {reference}. O găsiți în răspunsurile la \
            stare și lista.
            """
        case .choosePayment: "Acest mesaj vorbește despre {count}. Care dintre ele?"
        case .bubbleUnknown:
            """
            Acel mesaj nu este despre o plată a dvs. Răspundeți la mesajul cu linkul sau adăugați \
            referința, de exemplu: stare K7M2QX
            """
        case .statusOpen: "În așteptarea plății"
        case .statusPending: "Se plătește acum"
        case .statusPreparing: "În pregătire"
        case .statusUncertain: "Încă fără răspuns de la bancă"
        case .openNote: "Clientul încă nu a plătit. Confirmarea vine singură în acest chat."
        case .openUntilNote: "Clientul încă nu a plătit; poate plăti până la {time}."
        case .pendingNote: "Clientul a confirmat, iar banca transferă banii. Confirmarea vine singură."
        case .preparingNote: "Încă aștept banca. Vă rog să întrebați din nou peste un minut."
        case .uncertainNote:
            """
            Răspunsul băncii s-a pierdut pe drum. Întreb în continuare și vă spun cum se termină.
            """
        case .requestUncertainNote:
            """
            Răspunsul băncii s-a pierdut, așa că cererea poate fi sau nu pe telefonul clientului. Nu \
            o trimit de două ori: întrebați clientul. Vă spun cum se termină.
            """
        case .renewNote:
            """
            Butonul face un link nou pentru aceeași comandă. Merge o singură dată, timp de o \
            săptămână.
            """
        case .cancelDone:
            """
            Dacă clientul are deja deschisă pagina de plată, s-ar putea să mai poată plăti; atunci \
            vă anunț imediat.
            """
        case .cancelPaid:
            """
            A fost deja plătită și nu mai poate fi anulată. Banii se returnează prin bancă.
            """
        case .cancelMoving:
            """
            Banii ar putea fi deja pe drum, așa că nu o pot anula. Confirmarea vine singură.
            """
        case .cancelEnded: "S-a încheiat deja; nu mai este nimic de anulat."
        case .cancelUncertain:
            """
            Banca încă nu a răspuns despre această plată, așa că nu o pot anula acum. Încercați din \
            nou peste un minut.
            """
        case .cancelNotOffered:
            """
            Banca nu poate retrage această plată; expiră singură. Pur și simplu nu dați linkul mai \
            departe.
            """
        case .resendPaid: "A fost plătită, așa că nu mai este niciun link de trimis."
        case .resendRequest:
            """
            O cerere de plată se trimite o singură dată; vă așteaptă în aplicația bancară a \
            clientului.
            """
        case .renewSpent:
            """
            Acest buton merge o singură dată și a fost folosit; ce a ieșit găsiți mai jos în acest \
            chat.
            """
        case .renewNotMade:
            """
            Banca nu răspunde în acest moment, așa că butonul nu a creat nimic. Scrieți plata din \
            nou peste un minut.
            """
        case .renewRefused:
            """
            Banca nu a acceptat această plată, așa că nu s-a creat nimic nou. Verificați suma sau \
            contactați banca.
            """
        case .renewExpired:
            """
            Butonul a fost valabil o săptămână, care a trecut. Nu s-a încasat nimic; scrieți suma \
            pentru un link nou.
            """
        case .renewUnknown:
            """
            Acest buton nu ține de nicio plată a dvs. Nu s-a încasat nimic; scrieți suma pentru un \
            link nou.
            """
        case .orderPaid: "Comanda a fost plătită prin alt link, așa că nu e nevoie de unul nou."
        case .renewNotEnded:
            """
            Acea plată încă poate fi achitată sau a fost achitată între timp; nu e nevoie de alt \
            link. Vedeți: status
            """
        case .paymentsOne: "{count} plată"
        case .paymentsFew: "{count} plăți"
        case .paymentsMany: "{count} de plăți"
        case .paymentsOther: "{count} de plăți"
        case .todayTotal: "Încasat astăzi, {date}:"
        case .todayNone: "Astăzi, {date}, încă nu s-a plătit nimic."
        case .untagged: "fără etichetă"
        case .listLatest: "Ultimele plăți:"
        case .listNone: "Nu sunt plăți de arătat."
        case .listMore: "Pentru cele mai vechi apăsați butonul sau scrieți: mai multe"
        case .moreButton: "Mai multe"
        case .exportNone: "Nu există plăți în această perioadă: {date}."
        case .exportTooLarge:
            """
            Prea multe plăți pentru un singur document. Luați o perioadă mai scurtă, de exemplu: \
            export azi
            """
        case .merchantAskNone:
            """
            Pentru ce comerciant încasez mereu? Acum întreb de fiecare dată când există o alegere.
            """
        case .merchantAskNow:
            """
            Încasez pentru {merchant} fără să întreb. Ce comerciant să fie de acum înainte?
            """
        case .merchantEach: "Întrebați mereu"
        case .merchantSet:
            """
            Gata: de acum fiecare plată este pentru {merchant}. Ca să schimbați, scrieți: comerciant
            """
        case .merchantUnset: "Gata: voi întreba pentru ce comerciant este fiecare plată."
        case .merchantOnly: "Încasați pentru un singur comerciant: {merchant}. Nu este nimic de ales."
        case .keepOffer:
            """
            Să fie fiecare plată pentru {merchant}, fără să mai întreb? Puteți schimba oricând cu: \
            comerciant
            """
        case .keepButton: "Mereu acesta"
        case .choiceLate:
            """
            Întrebarea a fost deschisă zece minute, așa că răspunsul dvs. nu a încasat nimic. Dacă \
            mai e nevoie, scrieți:
            {command}
            """
        case .answerLate:
            """
            Întrebarea s-a închis; nu s-a schimbat și nu s-a încasat nimic. Scrieți comanda din nou.
            """
        case .orderDropped: "Am renunțat: nu s-a încasat nimic și nu s-a făcut niciun link."
        case .requestDropped: "Am renunțat: nu s-a încasat nimic și nu s-a trimis nicio cerere."
        case .bankSilentNow:
            """
            Banca nu răspunde în acest moment, așa că nu pot face asta. Încercați din nou peste un \
            minut.
            """
        case .linkOver:
            """
            Plata s-a încheiat între timp, așa că linkul ei nu mai este trimis. Cum s-a încheiat: \
            status {reference}
            """
        case .linkGone:
            """
            Linkul tocmai a expirat, așa că nu mai este ce retrimite. Peste o clipă puteți întreba \
            cum s-a încheiat: status {reference}
            """
        case .troubled:
            """
            Ceva nu a mers la noi. Înainte de a trimite din nou, vedeți ce s-a întâmplat: status
            """
        case .afterAll:
            """
            Până la urmă a reușit: e valabil acest răspuns, nu cel de dinainte. Nu e nevoie să \
            trimiteți din nou.
            """
        case .holdsNow:
            """
            Între timp lucrurile s-au schimbat: e valabil acest răspuns, nu cel de dinainte.
            """
        case .payerPhoneAsk:
            """
            Pe ce telefon trimit cererea de {amount}? Scrieți numărul clientului, de exemplu: \
            069123456
            """
        case .payerNameAsk: "Și numele clientului, vă rog? Îl țin minte pentru acest telefon."
        case .requestSent:
            """
            {payer} poate confirma acum în aplicația băncii. Confirmarea vine singură în acest chat.
            """
        case .requestUncertain:
            """
            Răspunsul băncii s-a pierdut, așa că cererea poate fi sau nu pe telefonul: {payer}. Nu o \
            trimit de două ori: întrebați și așteptați sfârșitul, pe care vi-l spun eu.
            """
        case .receiptRequestExpired: "Cerere expirată"
        case .receiptRequestPaidLate: "Plătit după închiderea cererii"
        case .requestRenewButton: "Cerere nouă"
        case .requestRenewNote:
            """
            Butonul trimite o cerere nouă la același telefon. Merge o singură dată, timp de o \
            săptămână.
            """
        case .requestRetry:
            """
            Pentru o cerere nouă, scrieți:
            {command}
            """
        case .requestSentAgain:
            """
            Cererea este din nou pe același telefon: clientul poate confirma în aplicația băncii. \
            Confirmarea vine singură în acest chat.
            """
        case .cancelDoneRequest: "Dacă clientul confirmă totuși cererea, vă anunț imediat."
        case .requestNotSent:
            """
            Banca nu răspunde în acest moment, așa că cererea nu a fost trimisă. Încercați din nou \
            peste un minut.
            """
        case .requestRefused:
            """
            Banca nu a acceptat această cerere, așa că nu a ajuns la client. Verificați suma și \
            telefonul sau contactați banca.
            """
        case .limitPerDay:
            """
            Această plată ar depăși limita de {limit} pe zi. Mâine începe din nou; banca o poate \
            mări.
            """
        case .limitReached: "Limita băncii pentru {merchant} nu permite această plată. Banca o poate mări."
        case .sellerTooFast:
            """
            Au fost multe plăți într-un timp scurt, așa că fac o pauză. Scrieți din nou peste \
            {minutes}.
            """
        case .merchantTooFast:
            """
            {merchant} face foarte multe plăți în acest moment. Scrieți din nou peste {minutes}.
            """
        }
    }
}
