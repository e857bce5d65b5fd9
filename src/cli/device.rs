//! `--device`: where a lab's networks are trained.

use candle_core::Device;

use crate::cli::common::Failure;
use crate::nets::Backend;

/// Where nothing is said.
pub const USUAL: &str = "cpu";

/// What `--device` may say, for its help.
pub const HELP: &str = "Where networks are trained: cpu (fused, one network a thread); cuda:N or \
    metal (batched, in builds that have it; never run on a GPU yet); candle-cpu (the batched \
    way on the CPU: slower, to compare with)";

/// The back end that `device` names. It must be asked for before any thread is started.
///
/// # Errors
/// A matter of usage: a name that is none, a device that this build or machine has not, and what to
/// do.
pub fn backend(device: &str) -> Result<Backend, Failure> {
    if device == USUAL {
        return Ok(Backend::Fused);
    }
    settle_threads();
    let found = match device.split_once(':') {
        None if device == "candle-cpu" => return Ok(Backend::Candle(Device::Cpu)),
        None if device == "metal" => {
            in_this_build(device, "metal", cfg!(feature = "metal"))?;
            Device::new_metal(0)
        }
        None if device == "cuda" => {
            return Err(Failure::usage(
                "--device cuda needs the number of the GPU: write cuda:0 for the first",
            ))
        }
        Some(("cuda", number)) => {
            let number: usize = number.parse().map_err(|_| {
                Failure::usage(format!(
                    "--device cuda:N takes the number of a GPU from 0, found cuda:{number}: write \
                     cuda:0 for the first"
                ))
            })?;
            in_this_build(device, "cuda", cfg!(feature = "cuda"))?;
            Device::new_cuda(number)
        }
        _ => {
            return Err(Failure::usage(format!(
                "--device {device} is none that is known: give cpu, cuda:N, metal or candle-cpu"
            )))
        }
    };
    found.map(Backend::Candle).map_err(|error| {
        let error = error.to_string();
        let reason = error.lines().next().unwrap_or_default();
        Failure::usage(format!(
            "--device {device} is not there ({reason}): check the GPU and its driver, or leave \
             the option out to train on the CPU"
        ))
    })
}

fn in_this_build(device: &str, feature: &str, has: bool) -> Result<(), Failure> {
    if has {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--device {device} is not in this build: build with cargo build --release --features \
         {feature}, or leave the option out to train on the CPU"
    )))
}

/// One thread for each of Candle's matrix products: small ones are slower on several, and unless
/// the environment says how many, Candle asks the system anew at every product, which takes longer
/// than the product. There is no other way to tell it.
fn settle_threads() {
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        std::env::set_var("RAYON_NUM_THREADS", "1");
    }
}
