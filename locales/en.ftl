# Kuager, English. Format: https://projectfluent.org (Fluent 1.0).
#
# The three files in this folder define exactly the same messages, attributes and variables; a test holds them to it.
# Rules of wording: a flag is a pointer for a person, never a verdict; name the visible act, never a crime; never a
# zero without what it is measured against; "camera" is the device, never a cell.

## Units and lengths of time. $value, $hours … arrive already rounded.

unit-secs = { $value } s
unit-mins-secs = { $mins } min { $secs } s
unit-hours-mins = { $hours } h { $mins } min
unit-kb = { $value } kB
unit-mb = { $value } MB
unit-gb = { $value } GB
percent = { $value } %
value-unknown = not known

## What a flag points to

kind-violence = possible violence
    .about = blows, kicks or a struggle between people
kind-person_down = person down
    .about = somebody fell or lies, and does not move
kind-camera_covered = camera covered
    .about = the lens is covered, sprayed over or fogged
kind-camera_dark = picture too dark or blinded
    .about = too dark to see in, or blinded by light
kind-camera_blurred = picture blurred
    .about = out of focus, smeared or steamed up: large shapes can be made out, details cannot
kind-camera_moved = camera shows another view
    .about = the usual scene is not where it was, and another stays in its place
kind-camera_frozen = picture stands still
    .about = one and the same picture is shown on and on, while time goes by
kind-camera_looped = pictures shown again
    .about = seconds that were shown before come again, to the movement or to the noise of the sensor
kind-camera_degraded = picture shows less than before
    .about = the scene is still seen, but a part of the picture is filled, or pictures are far fewer or smaller than this recording had before
kind-gap_after_escalation = sight lost after an escalation
    .about = the camera lost sight soon after possible violence, a gathering or a raised score
kind-removal_out_of_view = removal out of view
    .about = people left together toward the next camera and did not come to it in time
kind-recording_gap = recording gap
    .about = time that was meant to be recorded is missing
kind-time_mismatch = timestamp mismatch
    .about = the clocks of a recording disagree
kind-signal_lost = no signal recorded
    .about = a recording holds no picture
kind-strike_on_person_down = strikes on a person down
    .about = fast movements of hands or feet toward somebody who lies, where possible violence is seen too
kind-group_assault = group assault
    .about = fast movements of several people toward the same one, where possible violence is seen too
kind-prone_restraint = prone restraint
    .about = somebody lies and others lean or kneel on them
kind-dragging = dragging
    .about = somebody who lies is pulled along
kind-hands_on_wall = hands on wall
    .about = somebody stands with the hands on a wall for long
kind-squat_or_kneel = kneeling / squatting
    .about = somebody squats or kneels upright for long
kind-raised_arms_fixed = arms held above the head
    .about = somebody holds both arms above the head for long
kind-forced_standing = standing for long
    .about = somebody stands at one spot for very long; whether by choice cannot be seen
kind-gauntlet = gauntlet
    .about = somebody passes between people on both sides who strike

severity-note = note
    .about = worth knowing
severity-alert = alert
    .about = a person should look
severity-urgent = urgent
    .about = somebody may need help now

## Why it was flagged. Each measured reason has a form without its value.

reason-model_probability = model { $value }
    .bare = the model's score
reason-people_together = { $value ->
        [one] { $value } person in the scene
       *[other] { $value } people together
    }
    .bare = people together
reason-people_close = two people within { $value } body heights
    .bare = two people close together
    .touching = two people touch in the picture
reason-limb_speed = limb speed { $value } body heights/s
    .bare = fast limb movement
reason-whole_picture = no two people within reach of each other were made out; the whole picture was scored
reason-fell = somebody went from upright to lying
reason-found_faintly = hardly recognised as a person, but appeared where somebody who stood was lost from sight
reason-lying_still = lying without movement for { $value } s
    .bare = lying without movement
reason-after_violence = { $value } s after possible violence at the same place
    .bare = after possible violence at the same place
reason-detail_lost = { $value } % of the picture's detail is left
    .bare = the picture has lost its detail
reason-blind_secs = no usable picture for { $value } s
    .bare = no usable picture
reason-lies = somebody lies
reason-limb_bursts = { $value ->
        [one] { $value } fast movement of a hand or foot toward the same person
       *[other] { $value } fast movements of hands or feet toward the same person
    }
    .bare = fast movements of hands or feet toward the same person
reason-posture_held = held for { $value } s
    .bare = held for long
reason-people_over = { $value ->
        [one] { $value } person leans on somebody who lies
       *[other] { $value } people lean on somebody who lies
    }
    .bare = people lean on somebody who lies
reason-moved = came { $value } body heights along
    .bare = moved along
reason-faces_away = faces turned away from the camera
reason-people_left = { $value ->
        [one] { $value } person left the picture
       *[other] { $value } people left the picture together
    }
    .bare = people left the picture together
reason-people_came = { $value ->
        [one] { $value } came to the next camera
       *[other] { $value } came to the next camera
    }
    .bare = people came to the next camera
reason-transit_secs = the way there usually takes up to { $value } s
    .bare = the way there takes time
reason-gap_secs = { $value } are missing
    .bare = time is missing
reason-short_secs = { $value } shorter than the name says
    .bare = shorter than the name says
reason-longer_secs = { $value } longer than the name says
    .bare = longer than the name says
reason-empty_file = the file has no bytes; it stands for { $value }
    .bare = the file has no bytes
reason-no_pictures = no picture could be read; the file stands for { $value }
    .bare = no picture could be read
reason-overlap_secs = begins { $value } before the recording before it ends
    .bare = begins before the recording before it ends
reason-same_bytes = the same bytes lie under another name, { $value } apart
    .bare = the same bytes lie under another name
reason-same_pictures = the same pictures lie in another file, { $value } apart
    .bare = the same pictures lie in another file
reason-container_differs = the container's time is { $value } from the name's
    .bare = the container's time is not the name's
reason-containers_made_anew = the containers' times scatter, as where files were made anew; usually { $value } from the names'
    .bare = the containers' times scatter, as where files were made anew
reason-drift_secs = the clocks drift by { $value } over these recordings
    .bare = the clocks drift
reason-file_date_differs = the file was last changed { $value } before the time in its name
    .bare = the file was last changed before the time in its name
reason-folder_date_differs = the day in the name is { $value } from the folder's
    .bare = the day in the name is not the folder's
reason-sidecar_differs = the file beside it gives a time { $value } from the name's
    .bare = the file beside it gives another time than the name
reason-sidecar_empty = the file beside it has no bytes
reason-clock_in_future = begins { $value } after the moment of this check
    .bare = begins after the moment of this check
reason-clock_jump = the recording's own clock jumps by { $value }
    .bare = the recording's own clock jumps
reason-hour_twice = from an hour that the clock showed twice; which one is not known, give or take { $value }
    .bare = from an hour that the clock showed twice; which one is not known
reason-recordings_concerned = { $value ->
        [one] { $value } recording concerned
       *[other] { $value } recordings concerned
    }
    .bare = more than one recording concerned
reason-other_cameras_too = { $value ->
        [one] { $value } other camera has nothing of that time either
       *[other] { $value } other cameras have nothing of that time either
    }
    .bare = other cameras have nothing of that time either
reason-sharpness_left = { $value } % of the usual sharpness is left
    .bare = the picture has lost its sharpness
reason-scene_gone = { $value } % of the usual scene is not where it was
    .bare = the usual scene is not where it was
reason-brightness = mean brightness { $value } of 255
    .bare = too dark or too bright
reason-same_picture_secs = the same picture for { $value } s
    .bare = the same picture on and on
reason-repeats_after_secs = the same as { $value } s before
    .bare = the same as some time before
reason-repeated_secs = { $value } s shown again so far
    .bare = shown again
reason-masked_share = { $value } % of the picture is filled with one brightness
    .bare = a part of the picture is filled with one brightness
reason-picture_rate = { $value } pictures a second
    .bare = fewer pictures a second
reason-picture_rate_before = { $value } pictures a second before
    .bare = more pictures a second before
reason-picture_lines = pictures of { $value } lines
    .bare = smaller pictures
reason-picture_lines_before = { $value } lines before
    .bare = larger pictures before
reason-gap_after_violence = sight lost { $value } s after possible violence
    .bare = sight lost after possible violence
reason-gap_after_gathering = sight lost { $value } s after people gathered
    .bare = sight lost after people gathered
reason-gap_after_raised_score = sight lost { $value } s after a raised score
    .bare = sight lost after a raised score

## Where the work stood when an input failed

stage-open = opening the file
stage-demux = reading the container
stage-decode = decoding pictures
stage-infer = running a model
stage-store = saving what was found

## Why a stretch could not be seen. Neutral as to who or what caused it.

blind-camera_covered = camera covered
blind-camera_dark = too dark or blinded
blind-camera_blurred = picture blurred
blind-camera_moved = another view
blind-camera_frozen = picture stands still
blind-camera_looped = pictures shown again
blind-damaged = recording damaged
blind-recording_gap = recording gap
blind-signal_lost = no signal recorded
blind-not_analysed = not analysed
blind-neutral = Why a stretch could not be seen is a technical finding. It says nothing about who or what caused it.

## Sentences that never change

statement-pointer = A flag is a pointer for human review, not a finding. It names a visible act; how grave it was, why it was done and whether it was lawful are for people to decide, from the recording itself.
statement-no-flag = No flag does not mean that nothing happened.
statement-context = Before deciding, look at the minutes before and after a flag, and at the other cameras of the place.

## The honest zero

honest-zero-expected = No flags were raised in { $usable } of usable recording ({ $usable_share } % of expected; { $unseen_share } % blind, { $unexplained_share } % unexplained).
honest-zero-received = No flags were raised in { $usable } of usable recording ({ $usable_share } % of what was expected or, where that is not known, received; { $unseen_share } % blind, { $unexplained_share } % unexplained).
honest-flags-expected = { $flags } in { $usable } of usable recording ({ $usable_share } % of expected; { $unseen_share } % blind, { $unexplained_share } % unexplained).
honest-flags-received = { $flags } in { $usable } of usable recording ({ $usable_share } % of what was expected or, where that is not known, received; { $unseen_share } % blind, { $unexplained_share } % unexplained).
honest-zero-nothing = Nothing could be seen and analysed, so nothing can be said about what happened.
honest-not-measured = { $recordings ->
        [one] Sensitivity on this camera has not been measured.
       *[other] Sensitivity on these cameras has not been measured.
    }
honest-measured = On staged tests the detector found { $found } of { $staged }.
honest-not-evidence = This is not evidence that no ill-treatment occurred.

## Counts

count-flags = { $count ->
        [one] { $count } flag
       *[other] { $count } flags
    }
count-recordings = { $count ->
        [one] { $count } recording
       *[other] { $count } recordings
    }
count-problems = { $count ->
        [one] { $count } problem
       *[other] { $count } problems
    }
count-people = { $count ->
        [1] one
       *[other] up to { $count } at once
    }
count-more = … and { $count } more

## Table on the terminal

table-time = Time
table-kind = Visible act
table-severity = Severity
table-score = Score
table-reasons = Why
table-still = still:
table-local-time = local time, by the file's name:
table-summary-expected = { $usable } usable, { $usable_share } % of { $expected } expected; { $analysed } analysed, { $closely } of it picture by picture
table-summary-received = { $usable } usable, { $usable_share } % of { $received } received, the expected length is not known; { $analysed } analysed, { $closely } of it picture by picture
table-summary-nothing = nothing could be seen and analysed
table-no-flags = no flags
table-quiet = No flags, nothing unseen and no problems in { $recordings } more.
table-first = Look first at:
table-blind = not seen: { $cause } { $from }–{ $to }
table-problem = not read in full: { $message }
table-problem-at = not read in full from { $at }: { $message }
table-problem-whole = not analysed at all: { $message }
table-interrupted = interrupted before the end of the recording
table-total = { $flags } in { $recordings }, { $usable } usable.

## Report page

report-title = Possible incidents on recorded footage
report-lead = Made by Kuager, a program that analyses recordings and flags moments a person should look at. Everything below was found by a machine and has not been reviewed by a person.
report-summary = Summary
report-flags-by-kind = Flags by visible act
report-flags-by-severity = By severity
report-recordings = Recordings
report-recording = Recording
report-problems = What could not be read
report-problems-none = Every input could be read in full.
report-problems-other = Inputs that could not be analysed at all
report-limits = What this program cannot see
report-provenance = How this report was made
report-interrupted = The run was interrupted. What follows covers only what had been analysed by then.
report-incomplete = The analysis of this recording was interrupted before its end.
report-contents-file = File
report-contents-length = Length
report-contents-usable = Usable
report-usable-of-expected = of what was expected
report-usable-of-received = of what was expected or, where that is not known, received
report-contents-flags = Flags
report-contents-problems = Problems
report-path = Path
report-sha256 = SHA-256
report-bytes = Size, bytes
report-length = Length
report-coverage = What could be seen
report-flags = Flags
report-timeline = Timeline of { $name }: flags above, what could be seen below
report-legend-analysed = analysed
report-legend-blind = could not be seen
report-legend-missing = not analysed
report-legend-problem = could not be read from here
report-blind = Stretches that could not be seen
report-still-alt = Picture of the moment with the region and the people's joints drawn in: { $kind }, { $time }
report-still-none = No picture could be made.
report-still-missing = The picture could not be read: { $path }
report-still-left-out = The picture is not included to keep this page small: { $path }
report-still-note = Boxes and lines are drawn in by the program. Orange: a person's left side; blue: the right side; dashed: the region.
report-field-time = Time in the recording
report-field-peak = Strongest at
report-field-local-time = Local time, by the file's name
report-field-length = Length
report-field-severity = Severity
report-field-score = Score (0–1)
report-field-people = People
report-field-reasons = Why it was flagged
report-field-id = Flag number
report-open = still going on where the analysis ended
report-problem-at = at { $at }
report-problem-place-unknown = place in the recording not known
report-problem-recovered = the analysis went on behind it
report-problem-stopped = the analysis of this file ended there
report-problem-analysed = { $analysed } of this file were analysed
report-run = Run
report-started = Started
report-program = Program
report-command = Command
report-config = Configuration digest
report-signing = Signatures put into the recording by the camera
report-signing-none = none found
report-signing-found = { $name }: marks found: { $marks }; not verified by this program
report-ffmpeg = FFmpeg
report-models = Models
report-model-on = ran on { $provider }
report-inputs = Inputs met
report-frames = Pictures
report-frames-value = { $decoded } decoded, { $analysed } analysed
report-effort = Time used
report-effort-value = { $wall } by the clock, { $cpu } of processor time
report-time-note = Times are counted from the first picture of each file. They say nothing about the time of day.

coverage-expected = Expected
    .about = what the file declares to hold
coverage-received = Received
    .about = the time the pictures that arrived stand for
coverage-decoded = Decoded
    .about = without damage
coverage-analysed = Analysed
    .about = looked at by the models: picture by picture where something moves, every few seconds where nothing does
coverage-closely = Picture by picture
    .about = of the analysed time, where something moved
coverage-usable = Usable
    .about = analysed while the camera could see

## Limits: what must not be concluded from this report

limit-sound = Sound: words, threats, cries. Only the picture is analysed.
limit-unfilmed = Anything outside the picture or in places without a camera, including sexual violence; anything hidden behind people, walls or furniture.
limit-slow = Threats, humiliation and other psychological methods; sleep deprivation by noise or light; cold; denial of food, water or care.
limit-small = Acts with little movement: electric shock by wire, choking or asphyxiation, pressure on the body.
limit-kinds = This version looks only for: { $kinds }. Other acts are not looked for.
limit-identity = Who a person is. The program recognises no faces and no identity, and does not tell staff from detained people.
limit-meaning = Whether a visible act was lawful, how grave it was, or what it was meant for. Sport, medical aid, a search, work or a greeting can be flagged by mistake.
limit-accuracy = How much is missed on these cameras. That is known only once it has been measured on them.

## Progress and closing words on the terminal

progress-preparing = Preparing
progress-models = Loading the models
progress-hashing = Reading { $file }
progress-analysing = Analysing { $file }
progress-saving = Saving
progress-eta = { $eta } left
progress-speed = { $speed } × real time
progress-files = { $done } of { $total } files
run-report-written = Report written: { $path }
run-interrupted = Interrupted. What was analysed so far is saved.
run-interrupting = Stopping; what was analysed so far is being saved. Press Ctrl-C again to stop at once.
run-problems = { $count ->
        [one] { $count } input could not be read in full.
       *[other] { $count } inputs could not be read in full.
    }
run-passed-over = { $count ->
        [one] { $count } file in the folders was passed over (hidden, or of a kind that holds no pictures); name it to have it tried.
       *[other] { $count } files in the folders were passed over (hidden, or of a kind that holds no pictures); name them to have them tried.
    }
error-prefix = Error
warning-prefix = Warning

## The alarm level of a camera

drill-title = Camera { $camera }: staged acts and what its settings find of them, { $made }.
drill-found = { $found } of { $staged } found ({ $low } to { $high } %)
drill-none-staged = none staged
drill-false = { $flags } without a staged act
drill-together = Together { $found } of { $staged } ({ $low } to { $high } %).
drill-staging-as_made = The clips were looked at as they are; with --like RECORDING they are first recorded as the camera records.
drill-staging-recorded = The clips were first recorded as the camera records: { $size }, { $fps } pictures and { $kbits } kbit a second.
drill-staging-acted_here = The clips were acted before this camera, and its zones held.
drill-not-looked-for = Staged and not looked for by these settings: { $kinds }.
drill-earlier = The drill before, of { $made }, found { $found } of { $staged }.
drill-meaning = Staged acts are not real ones: what is found here may be missed there. The figure stands under every account of this camera as long as its models and settings stay as they are.

level-title = Alarm level
level-own = Camera { $camera }: alarm level { $level }, not calibrated.
level-learnt = Camera { $camera }: alarm level { $level }, learnt for this camera on { $made }.
level-removed = Camera { $camera }: alarm level { $level }; its calibration was taken back on { $made }.
level-other-rules = Camera { $camera }: alarm level { $level }; its calibration of { $made } was made with other models or rules and is not used.
level-bounds = The model's own level is { $own }; a calibration may choose { $lowest } to { $highest }, and a higher level misses more.
level-fixed = The model's own level is { $own }; its card allows no other level.
level-known = At the highest level its card says: { $figures }.
level-unmeasured = What is missed at the highest level has not been measured.
level-basis = Learnt from { $recordings } with { $usable } usable: { $flags } of possible violence at this level, { $own_flags } at the model's own; at most { $wanted } an hour were wished for. The flags at the model's own level are kept in run { $run }.
level-noisier = The camera stays noisier than wished: no higher level is allowed.
level-nothing-hidden = Everything flagged above was flagged at the model's own level and is kept for review.
level-rate = { $flags } in { $usable } stand for { $low } to { $high } an hour (95 %); more footage would say it better.
level-taken-back = Camera { $camera }: from now on the model's own level counts. Earlier calibrations stay on record.

## Checking what is kept. A finding says what is not as it was written, never who did it.

verify-counts = Log: { $entries } entries, { $signed } of them under the newest signed head; { $flags } flags.
verify-heads = Heads kept by others: { $sound } of { $held } agree with the log.
verify-intact = Intact: nothing was changed or removed since it was written, by a key that did not come with it.
verify-intact_unknown_key = Intact by its own key. Whether that key is the right one is not known: compare it with the public key that was given out at set-up (--key), or with a head that others keep (--head).
verify-broken = Not intact: something was changed or removed since it was written. Keep everything as it is, make a copy, and compare with copies and heads that others keep. Who or what did it is for people to find out.
finding-log_missing = there is no log
finding-log_line_altered = a line of the log is not in the form in which it was written
finding-log_serial_gap = entries are missing, double or out of order
finding-log_chain_broken = a line does not follow from the line before it
finding-log_line_misplaced = an entry lies in the file of an earlier day than its own
finding-log_torn = the last line is not complete, as after a crash or a power cut
finding-log_unsigned_tail = entries behind the newest signed head: not yet signed, as after a crash, or added later
finding-key_unusable = a key is missing or damaged
finding-key_changed = a key is not the one that the log was begun with, or not the one given
finding-head_unreadable = a signed head was cut or changed
finding-head_other_key = a head is of another log or signed with another key
finding-head_forged = a signature does not fit its head
finding-head_ahead = the log was longer when this head was signed: entries were taken off its end
finding-head_differs = what the log says before this head is not what it said when the head was signed
finding-row_missing = the log holds what the database no longer holds
finding-row_differs = the database says something else than the log
finding-row_unlogged = the database holds what was never logged
finding-still_missing = a still that was logged is missing
finding-still_differs = a still is not the one that was logged
player-of = A copy to look at, from
player-note = This copy only shows where to look. The evidence is the recording itself:
player-covered = People covered
player-uncovered = People as they are
player-step-back = Step back
player-step-on = Step on
player-start = From
player-peak = Strongest
player-end = To
player-keys = Space plays and stops; comma and full stop step. Whoever the program did not find is not covered: look through the copy before you give it away.
export-done = Package: { $package }
export-cut = A cut of the recording was packed, not the whole. Keep the whole: only with it can be proved that the cut is part of it (kuager verify PACKAGE --original FILE); --whole packs all of it.
verify-files = Files as they were packed: { $files }.
verify-cut = The package holds a cut of the recording. That it is part of the whole is proved with the whole: --original FILE.
finding-bag_invalid = a list of the package is not in its form
finding-bag_path_outside = a name leads out of the package, or is a link or no plain file
finding-bag_file_missing = a file of the package is missing
finding-bag_file_differs = a file is not the one that was packed
finding-bag_file_unlisted = a file was added to the package
finding-original_differs = the recording is not the one that was analysed
finding-cut_invalid = what is said of a cut does not fit its file, the recording or the flag
finding-cut_differs = a cut does not hold the packets that were packed
finding-cut_not_in_original = the packets of the cut are not those of the whole recording
finding-proof_invalid = an entry is not shown to be in the signed log
verify-stamp = Stamped: it existed at { $at }, by the word of { $authority }, whose certificate was given.
verify-stamp-unknown = Stamped: it existed at { $at }, by the word of { $authority }. The certificate lies beside the stamp: compare it with the one that the authority gave out (--tsa).
stamp-requested = Request: { $request }. Have it answered by a time-stamping authority (RFC 3161), then: kuager stamp accept RESPONSE.tsr --certificate FILE
stamp-accepted = The stamp holds and was kept: it existed at { $at }, by the word of { $authority }.
finding-stamp_unreadable = a time stamp, its request or its certificate cannot be read or checked
finding-stamp_other_head = a time stamp is on something else
finding-stamp_other_request = a time stamp answers another request
finding-stamp_certificate = a time stamp is not signed by the holder of the certificate, or the certificate is not for that or was not valid then
finding-stamp_forged = the signature of a time stamp does not fit

## Recordings of a site

recordings-total = { $recordings } of { $cameras ->
        [one] { $cameras } camera
       *[other] { $cameras } cameras
    }: { $findings ->
        [0] nothing is missing or disagrees
        [one] { $findings } finding
       *[other] { $findings } findings
    }; { $unplaced } without a time in their names could not be compared.
recordings-limits = Compared were names, folders, containers, file dates and sidecars. The clock drawn into the picture was not read, nor whether it was cropped.

heat-title = What could be seen, by camera and hour
heat-note = A row is a camera on a day, a cell an hour: green, all of what was expected could be seen; dark red, nothing. A white dot: time is missing that no work order from before explains. An empty cell: nothing is known of the hour. A bar across all hours: the time of day is not known.
heat-timeless = time of day not known
coverage-part = { $usable } usable ({ $usable_share } % of expected; { $unseen_share } % blind, { $unexplained_share } % unexplained). Flags are counted over whole runs: leave out --camera, --from and --to to see them.

zone-bed = where people sleep
zone-yard = sport and walks
zone-excluded = never analysed
zone-exit = where people leave the picture
zones-title = Zones of a camera
zones-how = Click the corners of a zone in order, choose its name and kind, and finish it. Nothing is sent or saved: copy the text below.
zones-copy = Put this below the camera in the configuration, then run `kuager config check`:
zones-name = Name
zones-kind = Kind
zones-finish = Finish zone
zones-undo = Undo
zones-written = Page written, open it in a browser: { $path }
slip-title = Head of the log
slip-about = Keep this slip away from the machine it comes from. As long as you hold it, nothing that was logged before it can be changed or removed unnoticed: kuager verify --head. The code holds the same text.
slip-by = Date, name, signature

## Holds and retention

hold-ground-flag = flag
hold-ground-complaint = complaint
hold-ground-death = death
hold-ground-injury = injury
hold-ground-request = request
hold-ground-other = other ground
hold-window = Held: { $from } to { $to }
hold-recording-alone = The time of day of the flag is not known: its recording alone is held.
hold-placed = Placed by { $by }, { $at }
hold-step-release_requested = Release asked for by { $by }, { $at }: { $ground }. It stands until another person agrees.
hold-step-released = Released by { $by }, { $at }: { $ground }
hold-recordings = Known recordings under this hold: { $there } where they were analysed, { $missing } not.
hold-count = { $count ->
        [0] Nothing is held.
        [one] { $count } hold stands.
       *[other] { $count } holds stand.
    }
hold-released = Hold { $hold } is over: { $by } agreed as the second person. Both are in the log.
hold-release-requested = { $by } asked for the release of { $hold }. It stands until another person agrees with the same command.
presence-not_there = not where it was analysed (gone, or its disk is not connected)
presence-other_size = a file of another size lies in its place
retention-days = Kept for { $days } days (retention.days), and longer where a hold says so.
retention-no-days = retention.days is not configured: nothing may expire.
retention-camera = { $camera }: recordings there: { $there } ({ $size }), the oldest { $oldest }; { $held } held, { $expired } past their time; not where they were analysed: { $missing }
retention-held-missing = Held ({ $holds }) and missing;
retention-own = The program's own files (stills, what was put aside): { $files } ({ $size }); { $held } held, { $expired } past their time
retention-disk = Disk of { $folder }: { $free } free, { $rate } more a day over the last days: full in { $days } days
retention-disk-still = Disk of { $folder }: { $free } free, nothing was added over the last days
retention-disk-low = Warning: this disk is filling up. On it: { $held } held, which must not go; { $expired } past their time. Make room or move what is not held before the recorder overwrites what is.
retention-never-deletes = Kuager never deletes a recording: what may go is for people to remove.
retention-expired = { $removed } files let go ({ $size }), each with its hash and ground in the log; { $held } held ones kept. Recordings were not touched.
finding-held_let_go = a picture was let go while the hold of its flag stood

## The log's head in words

head-words = In words, to be read aloud: { $words }
slip-words = To be read over the telephone; the other side writes it down. Later it is checked with kuager verify --head-words. Each letter has one Cyrillic letter that stands for it.
