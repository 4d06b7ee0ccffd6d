//! One set of models for all lanes, on a thread of its own: a graphics processor looks at several pictures at hardly more
//! cost than at one, and holds each model once.
//!
//! A lane asks and waits, so that its pictures keep their order and what follows is as if it had models of its own.

use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::clock::{thread_cpu_secs, timed};
use crate::domain::ModelUse;
use crate::infer::{Batching, Eyes, Gathering, InferError, Seen, View, ViewSpec};

/// What looks at several pictures together; tests bring their own.
pub(super) trait LooksTogether {
    /// Pictures that it looks at in one pass.
    fn most_at_once(&self) -> usize;
    /// An answer for each picture, in their order.
    fn look_together(&mut self, views: &[&View]) -> Vec<Result<Seen, InferError>>;
}

impl LooksTogether for Eyes {
    fn most_at_once(&self) -> usize {
        self.most_at_once()
    }

    fn look_together(&mut self, views: &[&View]) -> Vec<Result<Seen, InferError>> {
        self.look_together(views)
    }
}

/// What lanes say to the thread of the models.
pub(super) enum Ask {
    Came,
    Look(Box<Request>),
    Left,
}

pub(super) struct Request {
    view: View,
    reply: Sender<Reply>,
}

struct Reply {
    view: View,
    seen: Result<Seen, InferError>,
    /// This picture's share of the processor time.
    cpu_secs: f64,
}

/// Answers until every lane has left. Each picture is answered, whatever becomes of the others.
pub(super) fn serve(mut eyes: impl LooksTogether, asks: &Receiver<Ask>, batching: Batching) {
    let started = Instant::now();
    let mut gathering = Gathering::new(eyes.most_at_once(), batching);
    loop {
        let due = gathering.take_due(started.elapsed());
        if !due.is_empty() {
            answer(&mut eyes, due);
            continue;
        }
        let asked = match gathering.due_in(started.elapsed()) {
            Some(left) => asks.recv_timeout(left),
            None => asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match asked {
            Ok(Ask::Came) => gathering.come(),
            Ok(Ask::Left) => gathering.leave(),
            Ok(Ask::Look(request)) => gathering.push(started.elapsed(), *request),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn answer(eyes: &mut impl LooksTogether, requests: Vec<Request>) {
    let before = thread_cpu_secs();
    let views: Vec<&View> = requests.iter().map(|r| &r.view).collect();
    let answers = eyes.look_together(&views);
    let cpu_secs = (thread_cpu_secs() - before) / requests.len().max(1) as f64;
    for (Request { view, reply }, seen) in requests.into_iter().zip(answers) {
        reply.send(Reply { view, seen, cpu_secs }).ok(); // a lane that is gone wants no answer
    }
}

/// The models that a lane looks with.
pub(super) enum LaneEyes {
    /// Its own.
    Own(Box<Eyes>),
    /// Those of all lanes.
    Shared(Line),
}

impl LaneEyes {
    /// What a view must hold.
    pub fn view_spec(&self) -> ViewSpec {
        match self {
            Self::Own(eyes) => eyes.view_spec(),
            Self::Shared(line) => line.known.view_spec,
        }
    }

    /// The model whose features a violence model gets.
    pub fn features_usage(&self) -> &ModelUse {
        match self {
            Self::Own(eyes) => eyes.features_usage(),
            Self::Shared(line) => &line.known.features,
        }
    }

    /// Name, hash and provider of each.
    pub fn usages(&self) -> Vec<ModelUse> {
        match self {
            Self::Own(eyes) => eyes.usages(),
            Self::Shared(line) => line.known.usages.clone(),
        }
    }

    /// Whether looking only waits for another thread.
    pub fn are_shared(&self) -> bool {
        matches!(self, Self::Shared(_))
    }

    /// Looks at one picture and gives it back; adds the processor time that took.
    ///
    /// # Errors
    /// When a model fails.
    pub fn look(&mut self, view: View, cpu_secs: &mut f64) -> Result<(View, Seen), InferError> {
        match self {
            Self::Own(eyes) => {
                let seen = timed(cpu_secs, || eyes.look(&view))?;
                Ok((view, seen))
            }
            Self::Shared(line) => line.look(view, cpu_secs),
        }
    }
}

/// What a lane must know of models that it does not have.
#[derive(Clone)]
struct Known {
    view_spec: ViewSpec,
    features: ModelUse,
    usages: Vec<ModelUse>,
}

/// Hands out lines to the thread of the models.
pub(super) struct Exchange {
    asks: Sender<Ask>,
    known: Known,
}

impl Exchange {
    /// To a thread that answers with these models.
    pub fn new(asks: Sender<Ask>, eyes: &Eyes) -> Self {
        let known = Known {
            view_spec: eyes.view_spec(),
            features: eyes.features_usage().clone(),
            usages: eyes.usages(),
        };
        Self { asks, known }
    }

    /// For one more lane.
    pub fn line(&self) -> Line {
        self.asks.send(Ask::Came).ok(); // where the thread has ended, the first look tells
        Line { asks: self.asks.clone(), known: self.known.clone() }
    }
}

/// One lane's way to the thread of the models.
pub(super) struct Line {
    asks: Sender<Ask>,
    known: Known,
}

impl Line {
    fn look(&self, view: View, cpu_secs: &mut f64) -> Result<(View, Seen), InferError> {
        let Reply { view, seen, cpu_secs: share } = ask(&self.asks, view).ok_or_else(|| InferError::Run {
            model: self.known.features.name.clone(),
            reason: "the thread of the models has ended".to_owned(),
        })?;
        *cpu_secs += share;
        Ok((view, seen?))
    }
}

/// The answer to one picture; none where nobody answers any more.
fn ask(asks: &Sender<Ask>, view: View) -> Option<Reply> {
    let (reply, replies) = bounded(1);
    asks.send(Ask::Look(Box::new(Request { view, reply }))).ok()?;
    replies.recv().ok()
}

impl Drop for Line {
    fn drop(&mut self) {
        self.asks.send(Ask::Left).ok(); // nobody waits for this lane any more, or nobody is there
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::domain::{BBox, FrameFromInput, Point, Size};
    use crate::media::InputImage;

    /// Sees nobody; remembers what it was shown together, by the first byte; fails at `bad`.
    struct Fake<'a> {
        most: usize,
        bad: Option<u8>,
        shown: &'a Mutex<Vec<Vec<u8>>>,
    }

    impl LooksTogether for Fake<'_> {
        fn most_at_once(&self) -> usize {
            self.most
        }

        fn look_together(&mut self, views: &[&View]) -> Vec<Result<Seen, InferError>> {
            let marks: Vec<u8> = views.iter().map(|v| v.people.rgb[0]).collect();
            self.shown.lock().unwrap().push(marks.clone());
            let is_bad = marks.iter().any(|m| Some(*m) == self.bad);
            let failure =
                || InferError::Run { model: "fake".to_owned(), reason: "it was told to".to_owned() };
            let answer = |_| {
                if is_bad {
                    Err(failure())
                } else {
                    Ok(Seen { people: Vec::new(), faint_in_frame: Vec::new(), features: None })
                }
            };
            marks.into_iter().map(answer).collect()
        }
    }

    fn view(mark: u8) -> View {
        let size = Size { width: 1, height: 1 };
        let people = InputImage {
            rgb: vec![mark; 3],
            size,
            content_in_input: BBox::of_picture(size),
            frame_from_input: FrameFromInput { scale: [1.0; 2], offset_in_input: Point::default() },
        };
        View { people, features: None, grey: None, picture: None }
    }

    /// Asks for pictures 7, 8 and 9.
    fn three_requests() -> ([Ask; 3], [Receiver<Reply>; 3]) {
        let channels = [bounded(1), bounded(1), bounded(1)];
        let replies = channels.each_ref().map(|(_, replies)| replies.clone());
        let mut mark = 6;
        let asks = channels.map(|(reply, _)| {
            mark += 1;
            Ask::Look(Box::new(Request { view: view(mark), reply }))
        });
        (asks, replies)
    }

    /// Serves what was asked beforehand; gives what was shown together. Pictures wait for others as long as it takes.
    fn served(most: usize, bad: Option<u8>, asks: Vec<Ask>) -> Vec<Vec<u8>> {
        let shown = Mutex::new(Vec::new());
        let (sender, receiver) = bounded(asks.len());
        asks.into_iter().for_each(|ask| sender.send(ask).unwrap());
        drop(sender);
        let batching = Batching { patience: Duration::from_secs(600) };
        serve(Fake { most, bad, shown: &shown }, &receiver, batching);
        shown.into_inner().unwrap()
    }

    #[test]
    fn each_gets_its_own_picture_back() {
        let ([a, b, c], replies) = three_requests();
        let shown = served(2, None, vec![Ask::Came, Ask::Came, a, b, Ask::Left, c]);
        assert_eq!(shown, [vec![7, 8], vec![9]]);
        for (replies, mark) in replies.iter().zip([7, 8, 9]) {
            let reply = replies.recv().unwrap();
            assert!(reply.seen.is_ok());
            assert_eq!(reply.view.people.rgb[0], mark);
        }
    }

    #[test]
    fn a_failing_model_reaches_everybody_who_waits_and_nobody_else() {
        let ([a, b, c], replies) = three_requests();
        served(2, Some(8), vec![Ask::Came, Ask::Came, a, b, Ask::Left, c]);
        let are_ok = replies.map(|r| r.recv().unwrap().seen.is_ok());
        assert_eq!(are_ok, [false, false, true]);
    }

    #[test]
    fn a_lane_that_goes_away_blocks_nobody() {
        let ([gone, b, c], [replies_of_gone, replies, _last]) = three_requests();
        drop(replies_of_gone);
        let shown = served(2, None, vec![Ask::Came, Ask::Came, gone, Ask::Left, b, c]);
        assert_eq!(shown, [[7], [8], [9]], "nobody is waited for once the other has left");
        assert!(replies.recv().unwrap().seen.is_ok());
    }

    #[test]
    fn a_thread_that_has_ended_gives_no_answer_and_no_endless_wait() {
        let (asks, asked) = bounded(1);
        assert!(std::thread::scope(|scope| {
            let waiting = scope.spawn(|| ask(&asks, view(1)).is_none());
            drop(asked.recv().unwrap()); // taken, never answered
            waiting.join().unwrap()
        }));
        drop(asked);
        assert!(ask(&asks, view(1)).is_none());
    }
}
