//! The rules of the code's structure that can be checked in its text: which module imports which, which packages and
//! names belong to which module, how long a file may be. And README.md repeats the examples of the packages.

mod examples;
mod imports;
mod length;
mod ownership;
mod source;
mod vocabulary;
