# Kuager, русский. Формат: https://projectfluent.org (Fluent 1.0). Правила и перечень сообщений: en.ftl.
#
# «Камера» значит и устройство, и помещение: устройство всегда «видеокамера». «Осмотр» — процессуальное действие:
# пишем «просмотр». Дробное число берёт форму other.

unit-secs = { $value } с
unit-mins-secs = { $mins } мин { $secs } с
unit-hours-mins = { $hours } ч { $mins } мин
percent = { $value } %
value-unknown = неизвестно

kind-violence = возможное насилие
    .about = удары руками или ногами либо борьба между людьми
kind-person_down = лежащий человек
    .about = человек упал или лежит и не двигается
kind-camera_covered = объектив видеокамеры закрыт
    .about = объектив закрыт, закрашен или ослеплён

severity-note = к сведению
    .about = стоит знать
severity-alert = на просмотр
    .about = должен посмотреть человек
severity-urgent = срочно
    .about = кому-то может быть нужна помощь прямо сейчас

reason-model_probability = модель { $value }
    .bare = оценка модели
reason-people_together = { $value ->
        [one] рядом { $value } человек
        [few] рядом { $value } человека
        [many] рядом { $value } человек
       *[other] рядом { $value } человека
    }
    .bare = люди рядом
reason-people_close = два человека на расстоянии не более { $value } роста тела
    .bare = два человека вплотную
    .touching = два человека соприкасаются в кадре
reason-limb_speed = скорость руки или ноги { $value } роста тела в секунду
    .bare = быстрое движение рук или ног
reason-whole_picture = двух людей рядом друг с другом различить не удалось; оценён весь кадр
reason-fell = человек из вертикального положения оказался лежащим
reason-lying_still = лежит без движения { $value } с
    .bare = лежит без движения
reason-after_violence = через { $value } с после возможного насилия на том же месте
    .bare = после возможного насилия на том же месте
reason-detail_lost = осталось { $value } % деталей изображения
    .bare = изображение потеряло детали
reason-blind_secs = нет пригодного изображения { $value } с
    .bare = нет пригодного изображения

stage-open = открытие файла
stage-demux = чтение контейнера
stage-decode = декодирование кадров
stage-infer = работа модели
stage-store = сохранение найденного

blind-camera_covered = объектив видеокамеры закрыт
blind-damaged = запись повреждена
blind-recording_gap = пробел в записи
blind-neutral = Причина, по которой отрезок не виден, указана технически. Она не говорит о том, кто или что её вызвало.

statement-pointer = Отметка — это указание для просмотра человеком, а не вывод. Она называет видимое действие; насколько оно тяжело, зачем совершено и законно ли, решают люди по самой записи.
statement-no-flag = Отсутствие отметки не означает, что ничего не произошло.
statement-context = Прежде чем решать, посмотрите минуты до и после отметки и записи других видеокамер этого места.

honest-zero-expected = Отметок нет на { $usable } пригодной записи ({ $usable_share } % ожидаемого времени; { $unseen_share } % увидеть не удалось или не проанализировано).
honest-zero-received = Отметок нет на { $usable } пригодной записи ({ $usable_share } % ожидаемого или, где оно неизвестно, полученного времени; { $unseen_share } % увидеть не удалось или не проанализировано).
honest-zero-nothing = Увидеть и проанализировать ничего не удалось, поэтому о происходившем сказать ничего нельзя.
honest-not-measured = { $recordings ->
        [one] Чувствительность на этой видеокамере не измерена.
       *[other] Чувствительность на этих видеокамерах не измерена.
    }
honest-not-evidence = Это не означает, что жестокого обращения не было.

count-flags = { $count ->
        [one] { $count } отметка
        [few] { $count } отметки
        [many] { $count } отметок
       *[other] { $count } отметки
    }
count-recordings = { $count ->
        [one] { $count } запись
        [few] { $count } записи
        [many] { $count } записей
       *[other] { $count } записи
    }
count-problems = { $count ->
        [one] { $count } неполадка
        [few] { $count } неполадки
        [many] { $count } неполадок
       *[other] { $count } неполадки
    }
count-people = { $count ->
        [1] один
       *[other] до { $count } одновременно
    }
count-more = … и ещё { $count }

table-time = Время
table-kind = Видимое действие
table-severity = Важность
table-score = Балл
table-reasons = Почему
table-still = кадр:
table-summary-expected = пригодно { $usable }, { $usable_share } % от ожидаемых { $expected }; проанализировано { $analysed }, из них кадр за кадром { $closely }
table-summary-received = пригодно { $usable }, { $usable_share } % от полученных { $received }, ожидаемая длительность неизвестна; проанализировано { $analysed }, из них кадр за кадром { $closely }
table-summary-nothing = увидеть и проанализировать ничего не удалось
table-no-flags = отметок нет
table-quiet = Без отметок, пробелов в обзоре и сбоев чтения: ещё { $recordings }.
table-first = Посмотрите в первую очередь:
table-blind = не видно: { $cause } { $from }–{ $to }
table-problem = прочитано не полностью: { $message }
table-problem-at = прочитано не полностью, начиная с { $at }: { $message }
table-problem-whole = совсем не проанализировано: { $message }
table-interrupted = прервано до конца записи
table-total = { $flags }; { $recordings }; пригодно { $usable }.

report-title = Возможные инциденты на видеозаписях
report-lead = Составлено программой Kuager, которая анализирует видеозаписи и отмечает моменты, на которые должен посмотреть человек. Всё, что ниже, найдено машиной и человеком не проверено.
report-summary = Итог
report-flags-by-kind = Отметки по видимому действию
report-flags-by-severity = По важности
report-recordings = Видеозаписи
report-recording = Видеозапись
report-problems = Что не удалось прочитать
report-problems-none = Все входные файлы прочитаны полностью.
report-problems-other = Файлы, которые совсем не удалось проанализировать
report-limits = Чего эта программа не видит
report-provenance = Как составлен этот отчёт
report-interrupted = Выполнение прервано. Ниже только то, что было проанализировано к этому моменту.
report-incomplete = Анализ этой видеозаписи прерван до её конца.
report-contents-file = Файл
report-contents-length = Длительность
report-contents-usable = Пригодно
report-usable-of-expected = от ожидаемого времени
report-usable-of-received = от ожидаемого или, где оно неизвестно, полученного времени
report-contents-flags = Отметки
report-contents-problems = Неполадки
report-path = Путь
report-sha256 = SHA-256
report-bytes = Размер, байт
report-length = Длительность
report-coverage = Что удалось увидеть
report-flags = Отметки
report-timeline = Шкала времени { $name }: сверху отметки, снизу то, что удалось увидеть
report-legend-analysed = проанализировано
report-legend-blind = увидеть не удалось
report-legend-missing = не проанализировано
report-legend-problem = отсюда прочитать не удалось
report-blind = Отрезки, которые увидеть не удалось
report-still-alt = Кадр этого момента с нанесёнными областью и суставами людей: { $kind }, { $time }
report-still-none = Кадр получить не удалось.
report-still-missing = Кадр не удалось прочитать: { $path }
report-still-left-out = Кадр не включён, чтобы страница осталась небольшой: { $path }
report-still-note = Рамки и линии нанесены программой. Оранжевый: левая сторона человека; синий: правая; пунктир: область.
report-field-time = Время в записи
report-field-peak = Сильнее всего в
report-field-length = Длительность
report-field-severity = Важность
report-field-score = Балл (0–1)
report-field-people = Люди
report-field-reasons = Почему отмечено
report-field-id = Номер отметки
report-open = продолжалось там, где анализ закончился
report-problem-at = с { $at }
report-problem-place-unknown = место в записи неизвестно
report-problem-recovered = за этим местом анализ продолжен
report-problem-stopped = на этом анализ файла закончился
report-problem-analysed = в этом файле проанализировано { $analysed }
report-run = Выполнение
report-started = Начало
report-program = Программа
report-command = Команда
report-config = Контрольная сумма настроек
report-ffmpeg = FFmpeg
report-models = Модели
report-model-on = выполнялась на { $provider }
report-inputs = Входных файлов
report-frames = Кадры
report-frames-value = декодировано { $decoded }, проанализировано { $analysed }
report-effort = Затрачено времени
report-effort-value = { $wall } по часам, { $cpu } процессорного времени
report-time-note = Время отсчитывается от первого кадра каждого файла. О времени суток оно не говорит.

coverage-expected = Ожидалось
    .about = заявлено в файле
coverage-received = Получено
    .about = время, которое представляют полученные кадры
coverage-decoded = Декодировано
    .about = без повреждений
coverage-analysed = Проанализировано
    .about = рассмотрено моделями: кадр за кадром там, где есть движение, и раз в несколько секунд там, где его нет
coverage-closely = Кадр за кадром
    .about = часть проанализированного времени, где было движение
coverage-usable = Пригодно
    .about = проанализировано, пока видеокамера видела

limit-sound = Звук: слова, угрозы, крики. Анализируется только изображение.
limit-unfilmed = Всё, что вне кадра или там, где нет видеокамеры, включая сексуальное насилие; всё, что скрыто за людьми, стенами или мебелью.
limit-slow = Угрозы, унижение и другие психологические методы; лишение сна шумом или светом; холод; лишение еды, воды или помощи.
limit-small = Действия почти без движения: удар током через провод, удушение, давление на тело.
limit-kinds = Эта версия ищет только: { $kinds }. Другие действия не ищутся.
limit-identity = Кто этот человек. Программа не распознаёт лиц и личностей и не отличает сотрудников от содержащихся под стражей.
limit-meaning = Законно ли видимое действие, насколько оно тяжело и с какой целью совершено. Спорт, медицинская помощь, обыск, работа или приветствие могут быть отмечены по ошибке.
limit-accuracy = Сколько пропущено на этих видеокамерах. Это известно, только когда измерено на них самих.

progress-preparing = Подготовка
progress-models = Загрузка моделей
progress-hashing = Чтение { $file }
progress-analysing = Анализ { $file }
progress-saving = Сохранение
progress-eta = осталось { $eta }
progress-speed = { $speed } × реального времени
progress-files = { $total ->
        [one] { $done } из { $total } файла
       *[other] { $done } из { $total } файлов
    }
run-report-written = Отчёт записан: { $path }
run-interrupted = Прервано. То, что проанализировано, сохранено.
run-interrupting = Остановка; сохраняется то, что проанализировано. Ещё раз Ctrl-C — остановка сразу.
run-problems = { $count ->
        [one] { $count } файл не удалось прочитать полностью.
        [few] { $count } файла не удалось прочитать полностью.
        [many] { $count } файлов не удалось прочитать полностью.
       *[other] { $count } файла не удалось прочитать полностью.
    }
run-passed-over = { $count ->
        [one] { $count } файл в папках пропущен (скрытый или такого типа, в котором не бывает видео); чтобы проверить его, укажите его имя.
        [few] { $count } файла в папках пропущены (скрытые или такого типа, в котором не бывает видео); чтобы проверить их, укажите их имена.
        [many] { $count } файлов в папках пропущено (скрытые или такого типа, в котором не бывает видео); чтобы проверить их, укажите их имена.
       *[other] { $count } файла в папках пропущено (скрытые или такого типа, в котором не бывает видео); чтобы проверить их, укажите их имена.
    }
error-prefix = Ошибка
warning-prefix = Предупреждение

## Порог отметки для видеокамеры

level-title = Порог отметки
level-own = Видеокамера { $camera }: порог отметки { $level }, калибровки не было.
level-learnt = Видеокамера { $camera }: порог отметки { $level }, подобран для этой видеокамеры { $made }.
level-removed = Видеокамера { $camera }: порог отметки { $level }; калибровка отменена { $made }.
level-other-rules = Видеокамера { $camera }: порог отметки { $level }; калибровка от { $made } сделана с другими моделями или правилами и не применяется.
level-bounds = Собственный порог модели — { $own }; калибровка может выбрать от { $lowest } до { $highest }, при более высоком пороге пропускается больше.
level-fixed = Собственный порог модели — { $own }; её карточка не допускает другого.
level-known = О наибольшем пороге карточка сообщает: { $figures }.
level-unmeasured = Сколько пропускается при наибольшем пороге, не измерено.
level-basis = Основа: { $recordings }, пригодно { $usable }. Возможное насилие: при этом пороге { $flags }, при собственном пороге модели { $own_flags }; желательно не больше { $wanted } в час. Отметки при собственном пороге модели сохранены в запуске { $run }.
level-noisier = Отметок остаётся больше, чем хотелось: более высокий порог не допускается.
level-nothing-hidden = Всё отмеченное выше отмечено при собственном пороге модели и сохранено для просмотра.
level-rate = { $flags } за { $usable } соответствуют от { $low } до { $high } в час (95 %); больше записей дали бы более точную оценку.
level-taken-back = Видеокамера { $camera }: отныне действует собственный порог модели. Прежние калибровки остаются в базе.
