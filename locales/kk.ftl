# Kuager, қазақша. Пішімі: https://projectfluent.org (Fluent 1.0). Ережелер мен хабарлар тізімі: en.ftl.
#
# «Камера» құрылғыны да, үй-жайды да білдіреді: құрылғы әрқашан «бейнекамера». «Қарап-тексеру» — процестік әрекет:
# «қарау» деп жазылады. Бұл мәтінді қазақ тіліндегі заңгер оқып шығуы тиіс.

unit-secs = { $value } с
unit-mins-secs = { $mins } мин { $secs } с
unit-hours-mins = { $hours } сағ { $mins } мин
percent = { $value } %
value-unknown = белгісіз

kind-violence = ықтимал зорлық-зомбылық
    .about = адамдар арасындағы соққы, тебу немесе алысу
kind-person_down = жерде (еденде) жатқан адам
    .about = адам құлаған немесе жатыр, қозғалмайды
kind-camera_covered = бейнекамера объективі жабылған
    .about = объектив жабылған, боялған немесе жарықпен көлегейленген
kind-recording_gap = жазбадағы үзіліс
    .about = жазылуы тиіс уақыт жоқ
kind-time_mismatch = уақыт белгісінің сәйкессіздігі
    .about = жазбаның сағаттары бір-біріне сәйкес келмейді
kind-signal_lost = жазбада сигнал жоқ
    .about = жазбада бірде-бір кадр жоқ

severity-note = назарға
    .about = білген жөн
severity-alert = қарауға
    .about = адам қарауы керек
severity-urgent = шұғыл
    .about = біреуге қазір көмек керек болуы мүмкін

reason-model_probability = модель { $value }
    .bare = модельдің бағасы
reason-people_together = { $value ->
        [one] көріністе { $value } адам
       *[other] { $value } адам бірге
    }
    .bare = адамдар бірге
reason-people_close = екі адамның арасы { $value } дене бойынан аспайды
    .bare = екі адам өте жақын
    .touching = екі адам кадрда бір-біріне тиіп тұр
reason-limb_speed = қол-аяқ жылдамдығы секундына { $value } дене бойы
    .bare = қол-аяқтың жылдам қозғалысы
reason-whole_picture = бір-біріне жақын екі адам ажыратылмады; бүкіл кадр бағаланды
reason-fell = адам тік тұрған қалпынан жатып қалды
reason-lying_still = { $value } с қозғалыссыз жатыр
    .bare = қозғалыссыз жатыр
reason-after_violence = сол жерде ықтимал зорлық-зомбылықтан { $value } с кейін
    .bare = сол жерде ықтимал зорлық-зомбылықтан кейін
reason-detail_lost = кескін бөлшектерінің { $value } %-ы қалды
    .bare = кескін бөлшектері жоғалған
reason-blind_secs = { $value } с жарамды кескін жоқ
    .bare = жарамды кескін жоқ
reason-gap_secs = { $value } жоқ
    .bare = уақыттың бір бөлігі жоқ
reason-short_secs = атауында көрсетілгеннен { $value } қысқа
    .bare = атауында көрсетілгеннен қысқа
reason-longer_secs = атауында көрсетілгеннен { $value } ұзақ
    .bare = атауында көрсетілгеннен ұзақ
reason-empty_file = файлда бірде-бір байт жоқ; ол { $value } қамтуы тиіс
    .bare = файлда бірде-бір байт жоқ
reason-no_pictures = бірде-бір кадр оқылмады; файл { $value } қамтуы тиіс
    .bare = бірде-бір кадр оқылмады
reason-overlap_secs = алдыңғы жазба аяқталғанға дейін { $value } бұрын басталады
    .bare = алдыңғы жазба аяқталмай басталады
reason-same_bytes = дәл сол байттар басқа атаумен сақталған, айырмасы { $value }
    .bare = дәл сол байттар басқа атаумен сақталған
reason-same_pictures = дәл сол кадрлар басқа файлда сақталған, айырмасы { $value }
    .bare = дәл сол кадрлар басқа файлда сақталған
reason-container_differs = контейнердегі уақыт атаудағы уақыттан { $value } өзгеше
    .bare = контейнердегі уақыт атаудағы уақыттан өзгеше
reason-containers_made_anew = контейнерлердегі уақыт шашыраңқы, файлдар қайта жасалғанда осылай болады; атаулардан әдетте { $value } өзгеше
    .bare = контейнерлердегі уақыт шашыраңқы, файлдар қайта жасалғанда осылай болады
reason-drift_secs = осы жазбалар бойында сағаттар { $value } ауытқыды
    .bare = сағаттар ауытқыды
reason-file_date_differs = файл атауындағы уақыттан { $value } бұрын соңғы рет өзгертілген
    .bare = файл атауындағы уақыттан бұрын соңғы рет өзгертілген
reason-folder_date_differs = атаудағы күн қалтадағы күннен { $value } өзгеше
    .bare = атаудағы күн қалтадағы күннен өзгеше
reason-sidecar_differs = қосымша файлдағы уақыт атаудағы уақыттан { $value } өзгеше
    .bare = қосымша файлдағы уақыт атаудағы уақыттан өзгеше
reason-sidecar_empty = қосымша файлда бірде-бір байт жоқ
reason-clock_in_future = осы тексеру сәтінен { $value } кейін басталады
    .bare = осы тексеру сәтінен кейін басталады
reason-clock_jump = жазбаның өз сағаты { $value } секіреді
    .bare = жазбаның өз сағаты секіреді
reason-hour_twice = сағат екі рет көрсеткен сағаттан; қайсысы екені белгісіз, қателігі { $value }
    .bare = сағат екі рет көрсеткен сағаттан; қайсысы екені белгісіз
reason-recordings_concerned = { $value } жазбаға қатысты
    .bare = бірнеше жазбаға қатысты
reason-other_cameras_too = тағы { $value } бейнекамерада да осы уақыттан ештеңе жоқ
    .bare = басқа бейнекамераларда да осы уақыттан ештеңе жоқ

stage-open = файлды ашу
stage-demux = контейнерді оқу
stage-decode = кадрларды декодтау
stage-infer = модельді іске қосу
stage-store = табылғанды сақтау

blind-camera_covered = бейнекамера объективі жабылған
blind-damaged = жазба бүлінген
blind-recording_gap = жазбадағы үзіліс
blind-neutral = Үзіндінің көрінбеу себебі техникалық тұрғыдан көрсетілген. Оған кім немесе не себеп болғанын білдірмейді.

statement-pointer = Белгі — адамның қарауына арналған нұсқау, қорытынды емес. Ол көрінген әрекетті атайды; оның ауырлығын, мақсатын және заңдылығын адамдар жазбаның өзі бойынша шешеді.
statement-no-flag = Белгінің болмауы ештеңе болмады дегенді білдірмейді.
statement-context = Шешім қабылдамас бұрын белгіге дейінгі және одан кейінгі минуттарды, сол жердегі басқа бейнекамералардың жазбаларын қараңыз.

honest-zero-expected = Жарамды { $usable } жазбада белгі қойылған жоқ (күтілген уақыттың { $usable_share } %-ы; { $unseen_share } %-ы көрінбеді немесе талданбады).
honest-zero-received = Жарамды { $usable } жазбада белгі қойылған жоқ (күтілген, ол белгісіз болса, алынған уақыттың { $usable_share } %-ы; { $unseen_share } %-ы көрінбеді немесе талданбады).
honest-zero-nothing = Ештеңені көру және талдау мүмкін болмады, сондықтан не болғаны туралы ештеңе айтуға болмайды.
honest-not-measured = { $recordings ->
        [one] Бұл бейнекамерадағы сезімталдық өлшенбеген.
       *[other] Бұл бейнекамералардағы сезімталдық өлшенбеген.
    }
honest-not-evidence = Бұл қатыгез қарым-қатынас болмады дегенді білдірмейді.

count-flags = { $count ->
        [one] { $count } белгі
       *[other] { $count } белгі
    }
count-recordings = { $count ->
        [one] { $count } жазба
       *[other] { $count } жазба
    }
count-problems = { $count ->
        [one] { $count } ақау
       *[other] { $count } ақау
    }
count-people = { $count ->
        [1] бір адам
       *[other] { $count } адамға дейін
    }
count-more = … және тағы { $count }

table-time = Уақыты
table-kind = Көрінген әрекет
table-severity = Маңызы
table-score = Балл
table-reasons = Себебі
table-still = кадр:
table-summary-expected = жарамдысы { $usable }, күтілген { $expected } уақыттың { $usable_share } %-ы; талданғаны { $analysed }, оның ішінде кадр сайын { $closely }
table-summary-received = жарамдысы { $usable }, алынған { $received } уақыттың { $usable_share } %-ы, күтілген ұзақтығы белгісіз; талданғаны { $analysed }, оның ішінде кадр сайын { $closely }
table-summary-nothing = ештеңені көру және талдау мүмкін болмады
table-no-flags = белгі жоқ
table-quiet = Белгісіз, көрінбеген үзіндісіз және ақаусыз: тағы { $recordings }.
table-first = Алдымен мыналарды қараңыз:
table-blind = көрінбеді: { $cause } { $from }–{ $to }
table-problem = толық оқылмады: { $message }
table-problem-at = { $at } бастап толық оқылмады: { $message }
table-problem-whole = мүлдем талданбады: { $message }
table-interrupted = жазбаның соңына дейін үзілді
table-total = { $flags }; { $recordings }; жарамдысы { $usable }.

report-title = Бейнежазбалардағы ықтимал оқиғалар
report-lead = Бейнежазбаларды талдап, адам көруі тиіс сәттерді белгілейтін Kuager бағдарламасы жасаған. Төмендегінің бәрін машина тапқан, адам тексермеген.
report-summary = Қорытынды сандар
report-flags-by-kind = Көрінген әрекет бойынша белгілер
report-flags-by-severity = Маңызы бойынша
report-recordings = Бейнежазбалар
report-recording = Бейнежазба
report-problems = Не оқылмады
report-problems-none = Барлық кіріс файлдар толық оқылды.
report-problems-other = Мүлдем талданбаған файлдар
report-limits = Бұл бағдарлама нені көрмейді
report-provenance = Бұл есеп қалай жасалды
report-interrupted = Жұмыс үзілді. Төменде тек сол сәтке дейін талданғаны берілген.
report-incomplete = Бұл бейнежазбаны талдау оның соңына дейін үзілді.
report-contents-file = Файл
report-contents-length = Ұзақтығы
report-contents-usable = Жарамдысы
report-usable-of-expected = күтілген уақыттағы үлесі
report-usable-of-received = күтілген, ол белгісіз болса, алынған уақыттағы үлесі
report-contents-flags = Белгілер
report-contents-problems = Ақаулар
report-path = Жолы
report-sha256 = SHA-256
report-bytes = Көлемі, байт
report-length = Ұзақтығы
report-coverage = Не көрінді
report-flags = Белгілер
report-timeline = { $name } уақыт шкаласы: жоғарыда белгілер, төменде көрінген бөліктер
report-legend-analysed = талданды
report-legend-blind = көрінбеді
report-legend-missing = талданбады
report-legend-problem = осы жерден бастап оқылмады
report-blind = Көрінбеген үзінділер
report-still-alt = Осы сәттің кадры, аймағы мен адамдардың буындары салынған: { $kind }, { $time }
report-still-none = Кадр алынбады.
report-still-missing = Кадр оқылмады: { $path }
report-still-left-out = Бет шағын болуы үшін кадр қосылмады: { $path }
report-still-note = Жақтаулар мен сызықтарды бағдарлама салған. Қызғылт сары: адамның сол жағы; көк: оң жағы; үзік сызық: аймақ.
report-field-time = Жазбадағы уақыты
report-field-peak = Ең айқын сәті
report-field-length = Ұзақтығы
report-field-severity = Маңызы
report-field-score = Балл (0–1)
report-field-people = Адамдар
report-field-reasons = Неге белгіленді
report-field-id = Белгі нөмірі
report-open = талдау аяқталған жерде жалғасып жатты
report-problem-at = { $at } бастап
report-problem-place-unknown = жазбадағы орны белгісіз
report-problem-recovered = одан кейін талдау жалғасты
report-problem-stopped = файлды талдау осы жерде аяқталды
report-problem-analysed = бұл файлдан { $analysed } талданды
report-run = Іске қосу
report-started = Басталуы
report-program = Бағдарлама
report-command = Команда
report-config = Баптаулардың бақылау сомасы
report-ffmpeg = FFmpeg
report-models = Модельдер
report-model-on = { $provider } құрылғысында орындалды
report-inputs = Кіріс файлдар саны
report-frames = Кадрлар
report-frames-value = декодталғаны { $decoded }, талданғаны { $analysed }
report-effort = Жұмсалған уақыт
report-effort-value = сағат бойынша { $wall }, процессор уақыты { $cpu }
report-time-note = Уақыт әр файлдың бірінші кадрынан саналады. Ол тәулік уақытын білдірмейді.

coverage-expected = Күтілгені
    .about = файлда көрсетілгені
coverage-received = Алынғаны
    .about = келген кадрлар қамтитын уақыт
coverage-decoded = Декодталғаны
    .about = бүлінусіз
coverage-analysed = Талданғаны
    .about = модельдер қарағаны: қозғалыс бар жерде кадр сайын, қозғалыс жоқ жерде бірнеше секунд сайын
coverage-closely = Кадр сайын
    .about = талданған уақыттың қозғалыс болған бөлігі
coverage-usable = Жарамдысы
    .about = бейнекамера көріп тұрғанда талданғаны

limit-sound = Дыбыс: сөз, қорқыту, айқай. Тек кескін талданады.
limit-unfilmed = Кадрдан тыс немесе бейнекамерасыз жерлердегінің бәрі, соның ішінде жыныстық зорлық-зомбылық; адамдардың, қабырғаның немесе жиһаздың тасасындағының бәрі.
limit-slow = Қорқыту, қорлау және басқа да психологиялық әдістер; шумен немесе жарықпен ұйқыдан айыру; суық; тамақтан, судан немесе көмектен айыру.
limit-small = Қозғалысы аз әрекеттер: сым арқылы ток соғу, тұншықтыру, денені басу.
limit-kinds = Бұл нұсқа тек мыналарды іздейді: { $kinds }. Басқа әрекеттер ізделмейді.
limit-identity = Адамның кім екенін. Бағдарлама бет-әлпетті де, жеке басты да танымайды, қызметкерді қамаудағы адамнан айырмайды.
limit-meaning = Көрінген әрекеттің заңдылығын, ауырлығын және мақсатын. Спорт, медициналық көмек, тінту, жұмыс немесе амандасу қате белгіленуі мүмкін.
limit-accuracy = Осы бейнекамераларда қаншасы байқалмай қалғанын. Ол тек солардың өзінде өлшенгенде белгілі болады.

progress-preparing = Дайындық
progress-models = Модельдер жүктелуде
progress-hashing = Оқылуда: { $file }
progress-analysing = Талдануда: { $file }
progress-saving = Сақталуда
progress-eta = { $eta } қалды
progress-speed = нақты уақыттан { $speed } есе
progress-files = { $total } файлдан { $done }
run-report-written = Есеп жазылды: { $path }
run-interrupted = Үзілді. Осыған дейін талданғаны сақталды.
run-interrupting = Тоқтатылуда; талданғаны сақталып жатыр. Бірден тоқтату үшін Ctrl-C пернелерін тағы басыңыз.
run-problems = { $count ->
        [one] { $count } файл толық оқылмады.
       *[other] { $count } файл толық оқылмады.
    }
run-passed-over = { $count ->
        [one] Бумалардағы { $count } файл өткізілді (жасырын немесе бейне болмайтын түрі); тексеру үшін атын көрсетіңіз.
       *[other] Бумалардағы { $count } файл өткізілді (жасырын немесе бейне болмайтын түрі); тексеру үшін атын көрсетіңіз.
    }
error-prefix = Қате
warning-prefix = Ескерту

## Бейнекамераның белгілеу шегі

level-title = Белгілеу шегі
level-own = Бейнекамера { $camera }: белгілеу шегі { $level }, калибрлеу болмаған.
level-learnt = Бейнекамера { $camera }: белгілеу шегі { $level }, осы бейнекамера үшін { $made } таңдалған.
level-removed = Бейнекамера { $camera }: белгілеу шегі { $level }; калибрлеу { $made } кері қайтарылған.
level-other-rules = Бейнекамера { $camera }: белгілеу шегі { $level }; { $made } калибрлеуі басқа модельдермен не ережелермен жасалған, қолданылмайды.
level-bounds = Модельдің өз шегі — { $own }; калибрлеу { $lowest } мен { $highest } аралығынан таңдай алады, шек жоғары болса, көбірек өткізіп алады.
level-fixed = Модельдің өз шегі — { $own }; оның карточкасы басқа шекке жол бермейді.
level-known = Ең жоғары шек туралы карточкада: { $figures }.
level-unmeasured = Ең жоғары шекте қанша өткізіп алатыны өлшенбеген.
level-basis = Негізі: { $recordings }, жарамдысы { $usable }. Ықтимал зорлық-зомбылық: осы шекте { $flags }, модельдің өз шегінде { $own_flags }; қалағаны — сағатына { $wanted } артық емес. Модельдің өз шегіндегі белгілер { $run } іске қосуында сақталған.
level-noisier = Белгілер қалағаннан көп болып қалады: одан жоғары шекке рұқсат жоқ.
level-nothing-hidden = Жоғарыда белгіленгеннің бәрі модельдің өз шегінде белгіленді және қарау үшін сақталды.
level-rate = { $usable } ішіндегі { $flags } сағатына { $low } пен { $high } аралығына сәйкес (95 %); жазба көбірек болса, дәлірек болар еді.
level-taken-back = Бейнекамера { $camera }: енді модельдің өз шегі қолданылады. Бұрынғы калибрлеулер базада қалады.

## Сақталғанды тексеру. Табылған жайт не өзгергенін айтады, кім істегенін ешқашан айтпайды.

verify-counts = Журнал: { $entries } жазба, оның ішінде соңғы қол қойылған түйіннің астында { $signed }; { $flags } белгі.
verify-heads = Басқалар сақтаған түйіндер: журналмен { $held } түйіннің { $sound } сәйкес келеді.
verify-intact = Бүтін: жазылғаннан бері ештеңе өзгертілмеген және жойылмаған, бөлек алынған кілт бойынша.
verify-intact_unknown_key = Өз кілті бойынша бүтін. Кілттің өзі дұрыс па, белгісіз: оны орнату кезінде берілген ашық кілтпен (--key) немесе басқалар сақтаған түйінмен (--head) салыстырыңыз.
verify-broken = Бүтін емес: жазылғаннан кейін бірдеңе өзгертілген немесе жойылған. Бәрін сол күйінде қалдырып, көшірмесін жасаңыз және басқаларда сақталған көшірмелермен, түйіндермен салыстырыңыз. Мұны кім немесе не істегенін адамдар анықтайды.
finding-log_missing = журнал жоқ
finding-log_line_altered = журнал жолы жазылған күйінде емес
finding-log_serial_gap = жазбалар жоқ, қайталанған немесе реті бұзылған
finding-log_chain_broken = жол алдыңғы жолдан шықпайды
finding-log_line_misplaced = жазба өз күнінен ертерек күннің файлында жатыр
finding-log_torn = соңғы жол аяқталмаған, ақаудан немесе қуат үзілгеннен кейін болатындай
finding-log_unsigned_tail = соңғы қол қойылған түйіннен кейінгі жазбалар: ақаудан кейінгідей әлі қол қойылмаған немесе кейін қосылған
finding-key_unusable = кілт жоқ немесе бүлінген
finding-key_changed = кілт журнал басталған кілт емес немесе көрсетілген кілт емес
finding-head_unreadable = қол қойылған түйін қиылған немесе өзгертілген
finding-head_other_key = түйін басқа журналдікі немесе оған басқа кілтпен қол қойылған
finding-head_forged = қолтаңба түйінге сәйкес келмейді
finding-head_ahead = бұл түйінге қол қойылғанда журнал ұзынырақ болған: соңынан жазбалар алынған
finding-head_differs = бұл түйінге дейін журнал қол қойылған кездегіден басқаша айтады
finding-row_missing = журналда бар нәрсе дерекқорда енді жоқ
finding-row_differs = дерекқор журналдан басқаша айтады
finding-row_unlogged = дерекқорда журналға енгізілмеген нәрсе бар
finding-still_missing = журналға енгізілген кадр жоқ
finding-still_differs = кадр журналға енгізілген кадр емес
export-done = Материалдар пакеті: { $package }
verify-files = Пакеттелген күйіндегі файлдар: { $files }.
finding-bag_invalid = пакет тізімі өз түрінде емес
finding-bag_path_unsafe = атау пакеттен тыс шығады, немесе бұл сілтеме, не кәдімгі файл емес
finding-bag_file_missing = пакет файлы жоқ
finding-bag_file_differs = файл пакеттелген файл емес
finding-bag_file_unlisted = пакетке файл қосылған
finding-original_differs = бейнежазба талданған жазба емес
finding-proof_invalid = жазбаның қол қойылған журналда бар екені көрсетілмеген
