//! Real formulas, and formulas over tensors, on the Candle back end and its gradients.

use candle_core::{DType, Device, Tensor, Var};
use motherlode_formula::candle::{evaluate, evaluate_tensor};
use motherlode_formula::Shape;

use super::formulas::{arguments, close, formulas};
use super::tensors::{assert_close, cases, formula, numbers, wide, Case, FORMULAS};

#[test]
fn formulas_and_their_gradients_run_as_the_reference_in_candle() {
    let xs: Vec<f64> = arguments().into_iter().map(f64::from).collect();
    for formula in formulas() {
        let input = Var::from_tensor(
            &Tensor::from_slice(&xs, xs.len(), &Device::Cpu).expect("a tensor of the arguments"),
        )
        .expect("a variable");
        let outputs = evaluate(formula.graph(), input.as_tensor())
            .unwrap_or_else(|error| panic!("{formula}: {error}"));
        let gradients = outputs[0]
            .sum_all()
            .and_then(|sum| sum.backward())
            .expect("the gradient runs");
        // Comparisons pass no gradient on: what has no other way to the input has none, which is 0.
        let gradients: Vec<f64> = gradients.get(input.as_tensor()).map_or_else(
            || vec![0.0; xs.len()],
            |tensor| tensor.to_vec1().expect("numbers"),
        );
        let numbers = |tensor: &Tensor| {
            tensor
                .to_dtype(DType::F64)
                .and_then(|tensor| tensor.to_vec1::<f64>())
                .expect("numbers")
        };
        let (value, slope) = (numbers(&outputs[0]), numbers(&outputs[1]));
        for (i, &x) in xs.iter().enumerate() {
            let right = formula.value_and_slope(x);
            // Where f is undefined, so is its gradient, whatever stands there.
            let gradient = if right.0.is_nan() {
                right.1
            } else {
                gradients[i]
            };
            for (name, got, right) in [
                ("f", value[i], right.0),
                ("f'", slope[i], right.1),
                ("the gradient", gradient, right.1),
            ] {
                assert!(
                    close(got, right, 1e-10),
                    "{name} of {formula} at {x}: {got}, right {right}"
                );
            }
        }
    }
}

#[test]
fn candle_and_its_autograd_run_as_the_reference() {
    for case in cases() {
        let right = case.right();
        let shape = (case.shape.rows, case.shape.features);
        let tensor =
            |values: &[f32]| Tensor::from_vec(wide(values), values.len(), &Device::Cpu).unwrap();
        let x = Var::from_tensor(&tensor(&case.x).reshape(shape).unwrap()).unwrap();
        let parameters: Vec<Var> = case
            .parameters
            .iter()
            .map(|values| Var::from_tensor(&tensor(values)).unwrap())
            .collect();
        let given: Vec<&Tensor> = parameters.iter().map(Var::as_tensor).collect();
        let value = evaluate_tensor(case.formula.graph(), &[x.as_tensor()], &given)
            .unwrap_or_else(|error| panic!("{}: {error}", case.formula));
        let value = value[0].clone();
        let loss = (&value * tensor(&case.arriving).reshape(shape).unwrap())
            .and_then(|product| product.sum_all())
            .unwrap();
        let gradients = loss
            .backward()
            .unwrap_or_else(|error| panic!("{}: {error}", case.formula));
        let plain = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        // What f does not depend on has no gradient in Candle, which is 0.
        let gradient = |var: &Var| {
            gradients
                .get(var)
                .map_or_else(|| vec![0.0; var.elem_count()], plain)
        };
        assert_close("f in Candle", &case, &plain(&value), &right.value, 1e-11);
        assert_close(
            "the gradient of x in Candle",
            &case,
            &gradient(&x),
            &right.input,
            1e-9,
        );
        let own: Vec<f64> = parameters.iter().flat_map(gradient).collect();
        assert_close(
            "the gradient of the parameters in Candle",
            &case,
            &own,
            &right.parameters.concat(),
            1e-9,
        );
    }
}

#[test]
fn the_adjoint_runs_in_candle_too() {
    let case = Case::new(
        FORMULAS[0],
        Shape {
            rows: 7,
            features: 33,
        },
    );
    let tensor = |values: &[f32]| Tensor::from_vec(wide(values), (7, 33), &Device::Cpu).unwrap();
    let outputs = evaluate_tensor(
        case.formula.adjoint(),
        &[&tensor(&case.x), &tensor(&case.arriving)],
        &[],
    )
    .unwrap();
    let gradient: Vec<f64> = outputs[1].flatten_all().unwrap().to_vec1().unwrap();
    assert_close(
        "the adjoint in Candle",
        &case,
        &gradient,
        &case.right().input,
        1e-11,
    );
    let error = evaluate_tensor(case.formula.adjoint(), &[&tensor(&case.x)], &[])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("input 1") && error.contains("1 were given"),
        "{error}"
    );
}

#[test]
fn elements_that_share_an_extreme_share_its_gradient_in_candle() {
    let formula = formula("feature_max(x) + 0 * x");
    let x = [1.0_f32, 3.0, 3.0, 2.0, -1.0, -1.0, -1.0, -1.0];
    let shared = [0.0, 2.0, 2.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let var = Var::from_tensor(&Tensor::from_slice(&x, (2, 4), &Device::Cpu).unwrap()).unwrap();
    let value = evaluate_tensor(formula.graph(), &[var.as_tensor()], &[]).unwrap();
    let gradients = value[0].sum_all().unwrap().backward().unwrap();
    assert_eq!(
        gradients
            .get(&var)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1::<f32>()
            .unwrap(),
        shared
    );
}

#[test]
fn a_nan_stays_in_its_line_and_in_an_extreme_of_it_in_candle() {
    let formula = formula("feature_max(x) + feature_min(x)");
    let mut x = numbers(40, 0.3);
    x[17] = f32::NAN;
    let tensor = Tensor::from_slice(&x, (2, 20), &Device::Cpu).unwrap();
    let value: Vec<f32> = evaluate_tensor(formula.graph(), &[&tensor], &[]).unwrap()[0]
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    assert!(
        value[..20].iter().all(|y| y.is_nan()) && value[20..].iter().all(|y| y.is_finite()),
        "Candle: {value:?}"
    );
}
