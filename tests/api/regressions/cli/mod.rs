//! Bugs of the command line.

mod accidental_databases;
mod damaged_database_messages;
mod data_options_in_the_environment;
mod import_and_backup_with_a_dash;
mod key_add_of_a_known_key;
mod listen_without_a_host;
mod new_database_owner;
mod password_prompt_before_validation;
mod seed_error_messages;
mod user_list_on_an_empty_file;
mod user_update_without_options;
