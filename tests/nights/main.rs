//! Whole nights, run as their users run them: the program on a copy of the samples, judged by what it leaves.

mod stage;
mod made;

mod first_night;
mod second_night;
mod again;
mod privacy;
mod shuffled;
mod faults;
mod plug;
mod hands;
mod answers;
mod receipts;
mod results;
mod moves;
mod late;
mod reruns;
mod conversation;
mod capability;
mod standards;
mod back;
mod lab;
mod attachments;
mod freg;
mod events_night;
mod culture;
mod mapping;
mod dialect;
mod hostile;
mod traps;
mod bundles;
mod paper;
mod month;
